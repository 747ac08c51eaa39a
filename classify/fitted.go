package classify

// fittedWeight is what a calibration made of a claim's derived bits.
type fittedWeight struct {
	claim           string
	derived, fitted float64
}
