package report

// upWatch tells when an interface stops bringing packets, and when it does again. One that is down
// at the first look is told, too.
type upWatch struct{ down []bool }

func (u *upWatch) tell(l *Look, say func(c *InterfaceCount) error) error {
	for len(u.down) < len(l.Interfaces) {
		u.down = append(u.down, false)
	}
	for i := range l.Interfaces {
		c := &l.Interfaces[i]
		if u.down[i] == !c.Up {
			continue
		}
		u.down[i] = !c.Up
		if err := say(c); err != nil {
			return err
		}
	}
	return nil
}

// upWords say what became of an interface.
func (c *InterfaceCount) upWords() string {
	if c.Up {
		return Clean(c.Name, 60) + " is up again"
	}
	return Clean(c.Name, 60) + " is down: it brings no packets; waiting for it"
}
