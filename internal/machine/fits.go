package machine

import "github.com/pkg/errors"

// asked is the size from which on it is asked whether there is room.
const asked = 64 << 20

// Fits returns an error where this process cannot hold so many bytes more. What
// is what takes them.
func Fits(what string, bytes int64) error {
	if bytes < asked {
		return nil
	}
	if most, known := Room(); known && bytes > int64(most) {
		const gib = 1 << 30
		return errors.Errorf("%s takes %.1f GiB of memory, expected at most the %.1f GiB that this process can have", what, float64(bytes)/gib, float64(most)/gib)
	}
	return nil
}
