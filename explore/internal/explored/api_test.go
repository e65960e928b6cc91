package explored_test

import (
	"fmt"
	"go/constant"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petiole-go/petiole/internal/testkit"
)

const shims = "github.com/petiole-go/petiole/explore/shim/"

// Every exported name of what the shims stand for is there, of the same kind and type;
// of a type its methods and exported fields are, and it has == if that has.
func TestShimsHaveAllNames(t *testing.T) {
	paths := []string{"sync", "sync/atomic", "time", "context"}
	args := []string{"list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}"}
	for _, path := range paths {
		args = append(args, path, shims+path)
	}
	out, err := testkit.Go(t, nil, args...)
	require.NoError(t, err, out)
	files := map[string]string{}
	for line := range strings.Lines(out) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		files[path] = file
	}
	imp := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) { return os.Open(files[path]) })
	for _, path := range paths {
		t.Run(path, func(t *testing.T) {
			real, err := imp.Import(path)
			require.NoError(t, err)
			shim, err := imp.Import(shims + path)
			require.NoError(t, err)
			n := 0
			for _, name := range real.Scope().Names() {
				o := real.Scope().Lookup(name)
				if !o.Exported() {
					continue
				}
				n++
				other := shim.Scope().Lookup(name)
				require.NotNil(t, other, "no %s", name)
				require.Equal(t, describe(o), describe(other), name)
			}
			require.Greater(t, n, 8)
			for _, name := range shim.Scope().Names() {
				if o := shim.Scope().Lookup(name); o.Exported() && real.Scope().Lookup(name) == nil {
					t.Errorf("%s has %s, which %s has not", shims+path, name, path)
				}
			}
		})
	}
}

// text writes a type with the names of what the shims stand for, and none of
// parameters.
func text(t types.Type) string {
	return types.TypeString(nameless(t), func(p *types.Package) string { return strings.TrimPrefix(p.Path(), shims) })
}

func nameless(t types.Type) types.Type {
	sig, ok := types.Unalias(t).(*types.Signature)
	if !ok {
		return t
	}
	tuple := func(of *types.Tuple) *types.Tuple {
		var all []*types.Var
		for v := range of.Variables() {
			all = append(all, types.NewParam(0, nil, "", nameless(v.Type())))
		}
		return types.NewTuple(all...)
	}
	var params []*types.TypeParam
	for p := range sig.TypeParams().TypeParams() {
		params = append(params, types.NewTypeParam(p.Obj(), p.Constraint()))
	}
	return types.NewSignatureType(nil, nil, params, tuple(sig.Params()), tuple(sig.Results()), sig.Variadic())
}

// describe tells the kind of an object and its type; of a type what can be done with
// it. A variable that holds a function is as good as the function.
func describe(o types.Object) string {
	switch o := o.(type) {
	case *types.Const:
		if o.Val().Kind() == constant.Unknown {
			return "?"
		}
		return "const " + text(o.Type()) + " " + o.Val().ExactString()
	case *types.TypeName:
		return "type\n" + strings.Join(parts(o.Type()), "\n")
	}
	return text(o.Type())
}

func parts(t types.Type) []string {
	all := map[string]bool{fmt.Sprint("comparable ", types.Comparable(t)): true}
	methods := types.NewMethodSet(types.NewPointer(t))
	if types.IsInterface(t) {
		methods = types.NewMethodSet(t)
	}
	for m := range methods.Methods() {
		if m.Obj().Exported() {
			all["method "+m.Obj().Name()+" "+text(m.Type())] = true
		}
	}
	if s, ok := t.Underlying().(*types.Struct); ok {
		for f := range s.Fields() {
			if f.Exported() {
				all["field "+f.Name()+" "+text(f.Type())] = true
			}
		}
	} else if !types.IsInterface(t) {
		all[fmt.Sprint("is ", text(t.Underlying()))] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// What must not be copied go vet finds, as it does with what the shims stand for.
func TestVetSeesCopies(t *testing.T) {
	out, err := testkit.Go(t, nil, "vet", "./testdata/copies")
	require.Error(t, err)
	source, err := os.ReadFile("testdata/copies/copies.go")
	require.NoError(t, err)
	copies := strings.Count(string(source), "\nfunc ")
	require.Equal(t, copies, strings.Count(out, "passes lock by value"), out)
}
