package train

import (
	"bytes"
	"encoding/json"
	"image"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/atomicfile"
	"github.com/hocsau/hocsau/internal/regular"
	"github.com/hocsau/hocsau/solvers/train/tensorboard"
)

// note adds an epoch to metrics.jsonl and to the event file.
func (f *Folder) note(e Epoch) error {
	line, err := e.Line()
	if err != nil {
		return err
	}
	if err := f.log(line); err != nil {
		return errors.Wrap(err, "log metrics")
	}
	if err := f.open(); err != nil {
		return errors.Wrap(err, "log metrics")
	}
	for _, m := range e.metrics() {
		if err := f.events.Scalar(m.Name, e.Step, m.Value); err != nil {
			return errors.Wrap(err, "log metrics")
		}
	}
	return nil
}

// histograms adds the distribution of each parameter to the event file, which
// note has opened.
func (f *Folder) histograms(store *graph.Store, step int) error {
	for _, p := range store.Params() {
		if err := f.events.Histogram(p.Name(), step, p.Values()); err != nil {
			return errors.Wrap(err, "log histograms")
		}
	}
	return nil
}

// Text adds a text to the event file, such as the settings of the run.
func (f *Folder) Text(tag string, step int, text string) error {
	if err := f.open(); err != nil {
		return errors.Wrap(err, "log text")
	}
	return errors.Wrap(f.events.Text(tag, step, text), "log text")
}

// Image adds a picture to the event file.
func (f *Folder) Image(tag string, step int, img image.Image) error {
	if err := f.open(); err != nil {
		return errors.Wrap(err, "log picture")
	}
	return errors.Wrap(f.events.Image(tag, step, img), "log picture")
}

// open opens the event file where it is not open yet.
func (f *Folder) open() error {
	if f.events != nil {
		return nil
	}
	var err error
	if f.events, err = tensorboard.Create(f.path, time.Now); err != nil {
		return err
	}
	if f.cutAt > 0 {
		return f.events.Restart(f.cutAt)
	}
	return nil
}

func (f *Folder) log(line []byte) error {
	if err := f.same(); err != nil {
		return err
	}
	w, err := os.OpenFile(filepath.Join(f.path, metricsFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = w.Write(append(line, '\n'))
	if closed := w.Close(); err == nil {
		err = closed
	}
	return err
}

// cut drops what was noted after a step: what a process wrote between its last
// checkpoint and its end.
func (f *Folder) cut(step int) error {
	f.cutAt = step
	if err := f.cutLog(step); err != nil {
		return errors.Wrap(err, "cut metrics")
	}
	return tensorboard.Cut(f.path, step)
}

// longestLog is the most bytes of metrics.jsonl.
const longestLog = 1 << 30

// cutLog keeps the lines of metrics.jsonl up to a step.
func (f *Folder) cutLog(step int) error {
	path := filepath.Join(f.path, metricsFile)
	b, err := regular.ReadFile(path, longestLog)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var kept []byte
	for line := range bytes.Lines(b) {
		var at struct{ Step *int }
		if bytes.HasSuffix(line, []byte{'\n'}) && json.Unmarshal(line, &at) == nil && at.Step != nil && *at.Step <= step {
			kept = append(kept, line...)
		}
	}
	if len(kept) == len(b) {
		return nil
	}
	return atomicfile.WriteBytes(path, kept)
}
