package report

// Redactor hides.
type Redactor struct{}

// Page hides.
func (r *Redactor) Page(o *HTMLOptions) {}
