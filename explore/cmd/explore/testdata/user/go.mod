module example.com/user

go 1.26.0

require github.com/petiole-go/petiole v0.0.0

replace github.com/petiole-go/petiole => ../../../../..
