package tensorboard

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/atomicfile"
)

// Cut drops from the event files in a folder every event after a step, as well
// as what a killed process left half written at the end of a file. Files that
// lose something are replaced atomically; one without an event left is removed.
func Cut(dir string, step int) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return errors.Wrap(err, "cut event files")
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !strings.HasPrefix(e.Name(), namePrefix) {
			continue
		}
		if err := cutFile(filepath.Join(dir, e.Name()), int64(step)); err != nil {
			return errors.Wrap(err, "cut event files")
		}
	}
	return nil
}

func cutFile(path string, step int64) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	kept, events := upTo(b, step)
	switch {
	case events == 0:
		return os.Remove(path)
	case len(kept) == len(b):
		return nil
	}
	return atomicfile.WriteBytes(path, kept)
}

// upTo returns the records of b up to a step and how many of them are more than
// the opening of the file. It ends at the first record that is damaged: nothing
// after it can be found.
func upTo(b []byte, step int64) (kept []byte, events int) {
	kept = make([]byte, 0, len(b))
	for {
		record, data, rest, err := nextRecord(b)
		if err != nil {
			return kept, events
		}
		e, err := parseEvent(data)
		if err != nil {
			return kept, events
		}
		if e.step <= step {
			kept = append(kept, record...)
			if !e.version {
				events++
			}
		}
		b = rest
	}
}
