package text

import "github.com/hocsau/hocsau/internal/machine"

// room counts what the lines of a text take and asks, now and then, whether there
// is that much: a short file can unpack to any length.
type room struct{ taken, asked int64 }

// askEvery is how many bytes are taken between two questions.
const askEvery = 64 << 20

// take counts a line of n bytes.
func (r *room) take(n int) error {
	const ofLine = 32 // the line itself, and the slice of lines while it grows
	if r.taken += int64(n) + ofLine; r.taken < r.asked+askEvery {
		return nil
	}
	r.asked = r.taken
	return machine.Fits("the text", r.taken)
}
