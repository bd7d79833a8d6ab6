package time

import "syscall"

// By how many seconds this program's clock is off.
var shift = readShift()

func readShift() int64 {
	text, _ := syscall.Getenv("CLOCK_SHIFT")
	sign, value := int64(1), int64(0)
	for at := 0; at < len(text); at++ {
		if text[at] == '-' {
			sign = -1
		} else {
			value = 10*value + int64(text[at]-'0')
		}
	}
	return sign * value
}
