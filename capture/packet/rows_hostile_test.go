package packet

// hostileRows are frames that once broke the decoder, or were made to.
var hostileRows = []row{}
