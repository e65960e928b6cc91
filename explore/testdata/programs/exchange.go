package programs

// An Exchange has two goroutines swap texts.
type Exchange struct {
	left, right string
	meet        chan struct{}
}

func NewExchange() *Exchange { return &Exchange{meet: make(chan struct{})} }

// BUG: with room for one the send is over before the other has come: a data race
func NewRacyExchange() *Exchange { return &Exchange{meet: make(chan struct{}, 1)} }

func (e *Exchange) Left(text string) string {
	e.left = text
	e.meet <- struct{}{}
	return e.right
}

func (e *Exchange) Right(text string) string {
	e.right = text
	<-e.meet
	return e.left
}
