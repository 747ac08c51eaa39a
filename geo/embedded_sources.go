package geo

var embeddedCountrySource, embeddedASNSource Source
