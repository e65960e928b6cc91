module github.com/petiole-go/petiole

go 1.26
