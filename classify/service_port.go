package classify

// ServicePort tells whether p is the registered port of a service that answers many clients, as
// the claims about ports take it. A permutation of ports that keeps truth leaves these alone.
func ServicePort(p uint16) bool { return servicePort(p) }
