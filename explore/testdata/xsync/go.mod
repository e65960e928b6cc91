module example.com/xsync

go 1.26.0

require (
	github.com/petiole-go/petiole v0.0.0
	golang.org/x/sync v0.25.0
)

replace github.com/petiole-go/petiole => ../../..
