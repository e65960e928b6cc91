package rcu_test

import (
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/petiole-go/petiole/internal/testkit"
	"github.com/petiole-go/petiole/rcu"
)

// call is what a client asked of a Cell; values are numbers, 0 for nil.
type call struct {
	op       string
	new, old int
}

// cellModel is a variable, of which Update returns the old value.
var cellModel = porcupine.Model{
	Init: func() any { return 0 },
	Step: func(state, input, output any) (bool, any) {
		now, in := state.(int), input.(call)
		switch in.op {
		case "Load":
			return output == now, now
		case "Store":
			return true, in.new
		case "CompareAndSwap":
			if now == in.old {
				return output == true, in.new
			}
			return output == false, now
		default: // Swap, Update: the old value
			return output == now, in.new
		}
	},
}

// All that is done to a Cell at once can be put in an order in which a variable
// would have answered the same, each call between its beginning and its end.
func TestCellHistories(t *testing.T) {
	n := 300
	if testing.Short() {
		n /= 2
	}
	var c *rcu.Cell[int]
	number := func(v *int) int {
		if v == nil {
			return 0
		}
		return *v
	}
	testkit.Histories(t, n, cellModel, func(client *testkit.Client, first bool) func() (any, any) {
		if first {
			c = new(rcu.Cell[int])
		}
		c, seen := c, (*int)(nil)
		return func() (any, any) {
			v := new(client.Value())
			in := call{new: *v}
			switch client.IntN(5) {
			case 0:
				in.op = "Store"
				c.Store(v)
				return in, nil
			case 1:
				in.op = "Swap"
				return in, number(c.Swap(v))
			case 2:
				in.op, in.old = "CompareAndSwap", number(seen)
				return in, c.CompareAndSwap(seen, v)
			case 3:
				in.op = "Update"
				c.Update(func(old *int) *int {
					client.Yield()
					seen = old
					return v
				})
				return in, number(seen)
			default:
				in.op = "Load"
				seen = c.Load()
				return in, number(seen)
			}
		}
	})
}
