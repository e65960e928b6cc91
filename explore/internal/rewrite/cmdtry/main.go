package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/petiole-go/petiole/explore/internal/rewrite"
)

func main() {
	also := flag.String("also", "", "")
	dir := flag.String("dir", "", "")
	out := flag.String("out", "/tmp/rw", "")
	flag.Parse()
	os.RemoveAll(*out)
	os.MkdirAll(*out, 0o755)
	o := rewrite.Options{Dir: *dir, Patterns: flag.Args(), Out: *out}
	if *also != "" {
		o.Also = strings.Split(*also, ",")
	}
	t := time.Now()
	r, err := rewrite.Write(context.Background(), o)
	fmt.Println(time.Since(t))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(r.Files, r.Packages, r.Rewritten)
}
