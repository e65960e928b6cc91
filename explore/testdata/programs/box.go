package programs

// A Box passes a text from one goroutine to another, once.
type Box struct {
	text string
	full chan struct{}
}

func NewBox() *Box { return &Box{full: make(chan struct{})} }

func (b *Box) Put(text string) {
	b.text = text
	close(b.full)
}

func (b *Box) RacyPut(text string) {
	close(b.full)
	b.text = text // BUG: a data race, which needs the race detector to be seen
}

func (b *Box) Get() string {
	<-b.full
	return b.text
}
