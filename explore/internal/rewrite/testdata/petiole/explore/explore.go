// Package explore stands for the real one in the tests of rewrite.
package explore
