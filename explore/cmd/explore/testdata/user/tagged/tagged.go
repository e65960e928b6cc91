//go:build special

package tagged

import "example.com/user/lib"

func Locked(f func()) { lib.Locked(f) }
