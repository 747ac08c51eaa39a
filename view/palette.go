package view

import "charm.land/lipgloss/v2"

// palette is how things look. What a colour says is also said in words or by a mark, and all of
// them are the terminal's own sixteen, so that they suit light and dark.
type palette struct {
	glyphs                              *glyphs
	bold, faint, alarm, accent, title   lipgloss.Style
	head, headFocused, selected, marked lipgloss.Style
}

func newPalette(g *glyphs) *palette {
	s := lipgloss.NewStyle
	return &palette{
		glyphs:      g,
		bold:        s().Bold(true),
		faint:       s().Faint(true),
		alarm:       s().Bold(true).Foreground(lipgloss.Red),
		accent:      s().Foreground(lipgloss.Cyan),
		title:       s().Bold(true).Foreground(lipgloss.Cyan),
		head:        s().Underline(true),
		headFocused: s().Underline(true).Bold(true).Foreground(lipgloss.Cyan),
		selected:    s().Reverse(true),
		marked:      s().Reverse(true),
	}
}
