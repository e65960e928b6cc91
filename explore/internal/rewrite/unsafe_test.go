package rewrite_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/explore/internal/rewrite"
)

// Each line with a comment is refused, and no other.
const unsafely = `package main

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"
	. "unsafe"
)

type (
	word  = atomic.Uint64
	lock  struct{ sync.Mutex }
	first struct {
		lock
		n int
	}
	second struct {
		n int
		lock
	}
	head       struct{ n int }
	mutex      sync.Mutex
	deadline   struct{ when, from time.Time }
	node[T any] struct {
		next Pointer
		mu   sync.Mutex
		v    T
	}
	list[T any] struct{ head *node[T] }
	other       struct {
		next Pointer
		mu   sync.RWMutex
	}
)

func locks(words []uint64, bytes []byte, w *word, ws *[4]word, l *lock, f *first, s *second, t *time.Timer, rw *sync.RWMutex, m *mutex, d *deadline) {
	_ = (*word)(Pointer(&words[0]))          // atomic.Uint64
	_ = (*[2]word)(Pointer(&words[0]))       // atomic.Uint64
	_ = *(*[]word)(Pointer(&words))          // atomic.Uint64
	_ = (*second)((Pointer)((&bytes[0])))    // sync.Mutex
	_ = (*uint64)(Pointer(w))                // atomic.Uint64
	_ = (*uint32)(Pointer(&flag))            // atomic.Uint32
	_ = (*int32)(Pointer(&f.lock.Mutex))     // sync.Mutex
	_ = (*[8]byte)(Pointer(t))               // time.Timer
	_ = (*uint64)(Pointer(ws))               // atomic.Uint64
	_ = (*sync.Mutex)(Pointer(rw))           // sync.RWMutex
	_ = (*int32)(Pointer(m))                 // sync.Mutex
	p, q := Pointer(&words[1]), Pointer(w)
	_ = (*word)(p)                           // atomic.Uint64
	_ = (*uint64)(q)                         // atomic.Uint64
	var r = Pointer(s)
	_ = (*struct{ n, m int })(r)             // sync.Mutex
	_ = (*head)(r)
	_ = (*second)(Pointer((*head)(r)))
	_ = (*word)(q)
	_ = (*sync.Mutex)(Pointer(l))
	_ = (*lock)(Pointer(f))
	_ = (*first)(Pointer(&f.lock))
	_ = (*[2]word)(Pointer(w))
	_ = (*word)(Pointer(ws))
	_ = (*sync.Mutex)(Pointer(m))
	_ = (*int64)(Pointer(d))
	_ = (*atomic.Pointer[lock])(Pointer(new(atomic.Pointer[first])))
	_ = uintptr(Pointer(w))
}

func loads(p Pointer, b *strings.Replacer) {
	_ = (*other)(p)                          // sync.RWMutex
	_ = (*other)(Add(p, 8))                  // sync.RWMutex
	_ = (*second)(p)
	_ = (*node[string])(p)
	_ = (*head)(p)
	_ = (*uint64)(Pointer(b))
	_ = (*Pointer)(Pointer(&b))
	_ = (*struct{ sync.Once })(Pointer(b))   // sync.Once
}

var flag atomic.Uint32
var top *struct{ sync.Once }

func load() *struct{ sync.Once }   { return (*struct{ sync.Once })(atomic.LoadPointer((*Pointer)(Pointer(&top)))) }
func (l *list[T]) push(n *node[T]) { n.next = atomic.SwapPointer((*Pointer)(Pointer(&l.head)), Pointer(n)) }
func (n *node[U]) after() *node[U] { return (*node[U])(atomic.LoadPointer(&n.next)) }
func main()                        {}
`

// An unsafe.Pointer that makes a lock or an atomic of other memory, or other memory of
// one, is refused, where it would be wrong under the scheduler; what has been one is not.
func TestRefusedUnsafe(t *testing.T) {
	t.Setenv("GOWORK", "off")
	dir := user(t, map[string]string{"main.go": unsafely})
	_, err := rewrite.Write(t.Context(), rewrite.Options{Dir: dir, Patterns: []string{"."}, Out: t.TempDir()})
	require.Error(t, err)
	var want []string
	for i, line := range strings.Split(unsafely, "\n") {
		if _, lock, ok := strings.Cut(line, " // "); ok {
			want = append(want, strconv.Itoa(i+1)+" "+lock)
		}
	}
	var got []string
	for _, m := range regexp.MustCompile(`main\.go:(\d+): takes .* but (\S+) has another layout under the scheduler`).FindAllStringSubmatch(err.Error(), -1) {
		got = append(got, m[1]+" "+m[2])
	}
	require.ElementsMatch(t, want, got, "%v", err)
	require.Equal(t, len(want), strings.Count(err.Error(), "\n")+1)
}

// A number that is made of a lock's size, and is too small under the scheduler, is told
// in words, which say where it would be what it was.
func TestSizeExplained(t *testing.T) {
	t.Setenv("GOWORK", "off")
	const text = `package main

import (
	"sync"
	"unsafe"
)

type (
	in  [24 - unsafe.Sizeof(sync.RWMutex{})]byte
	out [pad]byte
)

const pad = 24 - unsafe.Sizeof(sync.RWMutex{})

func main() {}
`
	dir := user(t, map[string]string{"main.go": text})
	res, err := rewrite.Write(t.Context(), rewrite.Options{Dir: dir, Patterns: []string{"."}, Out: t.TempDir()})
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), "go", "build", "-mod=readonly", "-overlay="+res.Overlay, ".")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	_, said, _ := strings.Cut(res.Explain(dir, string(out)), "overflows uintptr\n")
	require.Equal(t, filepath.Join(dir, "main.go")+":13: the size of a type that holds a lock is another under the scheduler; an array has the length that it had if this stands in its brackets\n", said)
}
