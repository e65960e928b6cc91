package report

import "io"

func (d *Doc) WriteHTML(w io.Writer) error { return nil }
