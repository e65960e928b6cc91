package rewrite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// readOverlay fills replaced.
func (p *packages) readOverlay() error {
	p.replaced = map[string]string{}
	if p.o.Overlay == "" {
		return nil
	}
	p.o.Overlay = p.absolute(p.o.Overlay)
	text, err := os.ReadFile(p.o.Overlay)
	if err != nil {
		return err
	}
	var o struct{ Replace map[string]string }
	if err := json.Unmarshal(text, &o); err != nil {
		return fmt.Errorf("%s: %w", p.o.Overlay, err)
	}
	for original, name := range o.Replace {
		if name != "" {
			name = p.absolute(name)
		}
		p.replaced[p.absolute(original)] = name
	}
	return nil
}

// read returns what the go command would compile as the file name.
func (p *packages) read(name string) ([]byte, error) {
	if to := p.replaced[name]; to != "" {
		name = to
	}
	return os.ReadFile(name)
}

// overlay collects the copies. What is in the main module, or in one that is
// replaced by a directory, is replaced file by file. For what is in the module
// cache the go command does not allow that; there the module is copied, and a copy
// of go.mod (or go.work) that the overlay puts over the original sends it there.
type overlay struct {
	*packages
	replace map[string]string  // copies by original; and what Options.Overlay replaces, if it is not rewritten
	copies  int                // so far
	modules map[string]*module // copied ones, by directory
}

// write adds a copy of s, whose text is nil if nothing in it has changed.
func (v *overlay) write(l *listed, s *source, text []byte) error {
	if l.Module == nil || !v.cached(l.Dir) {
		if text == nil {
			return nil
		}
		name := filepath.Join(v.o.Out, fmt.Sprintf("%d-%s", v.copies, filepath.Base(s.path)))
		v.copies++
		v.replace[s.path] = name
		return os.WriteFile(name, text, 0o600)
	}
	m, err := v.module(l.Module)
	if err != nil {
		return err
	}
	if text == nil {
		text = s.text
	}
	// The copy is compiled from where it is; the first line says where it is from.
	text = append(fmt.Appendf(nil, "//line %s:1\n", s.path), text...)
	rel, err := filepath.Rel(m.Dir, s.path)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(m.copied, rel), text, 0o600)
}

// cached says whether dir is in the module cache.
func (v *overlay) cached(dir string) bool {
	rel, err := filepath.Rel(v.env.GOMODCACHE, dir)
	return err == nil && filepath.IsLocal(rel)
}

// module copies m.
func (v *overlay) module(m *module) (*module, error) {
	if known := v.modules[m.Dir]; known != nil {
		return known, nil
	}
	m.copied = filepath.Join(v.o.Out, fmt.Sprintf("module-%d", len(v.modules)))
	v.modules[m.Dir] = m
	if err := os.CopyFS(m.copied, os.DirFS(m.Dir)); err != nil {
		return nil, err
	}
	gomod := filepath.Join(m.copied, "go.mod")
	if _, err := os.Stat(gomod); !errors.Is(err, fs.ErrNotExist) {
		return m, err
	}
	text, err := os.ReadFile(m.GoMod) // the one that the go command made for it
	if err != nil {
		return nil, err
	}
	return m, os.WriteFile(gomod, text, 0o600)
}

// finish writes the overlay, and returns the file that -overlay wants.
func (v *overlay) finish(ctx context.Context) (string, error) {
	if len(v.modules) > 0 {
		if err := v.redirect(ctx); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": v.replace})
	if err != nil {
		return "", err
	}
	name := filepath.Join(v.o.Out, "overlay.json")
	return name, os.WriteFile(name, text, 0o600)
}

// redirect puts a go.mod, or a go.work where there is one, over the original, which
// replaces the modules by their copies.
func (v *overlay) redirect(ctx context.Context) error {
	original, kind := v.env.GOMOD, "mod"
	if v.env.GOWORK != "" && v.env.GOWORK != "off" {
		original, kind = v.env.GOWORK, "work"
	}
	if file := v.env.flag("modfile"); file != "" {
		original = v.absolute(file)
	}
	text, err := v.read(original)
	if err != nil {
		return err
	}
	name := filepath.Join(v.o.Out, "go."+kind)
	if err := os.WriteFile(name, text, 0o600); err != nil {
		return err
	}
	args := []string{kind, "edit"}
	for _, m := range v.modules {
		args = append(args, "-replace="+m.Path+"@"+m.Version+"="+filepath.ToSlash(m.copied))
	}
	if _, err := v.command(ctx, append(args, name)...); err != nil {
		return err
	}
	v.replace[original] = name
	return nil
}

// originals returns what puts the originals' names in the place of the copies', in
// the output of a go command that runs in dir and shortens names.
func (v *overlay) originals(dir string) *strings.Replacer {
	var pairs []string
	add := func(original, name string) {
		if rel, err := filepath.Rel(dir, name); err == nil {
			pairs = append(pairs, rel, original)
		}
		pairs = append(pairs, name, original)
	}
	for original, name := range v.replace {
		if name != "" { // else it is not there
			add(original, name)
		}
	}
	for dir, m := range v.modules {
		add(dir, m.copied)
	}
	return strings.NewReplacer(pairs...)
}
