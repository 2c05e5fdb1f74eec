package tensorboard

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/pkg/errors"
)

// namePrefix begins the name of every event file; by it TensorBoard knows them.
const namePrefix = "events.out.tfevents."

// Writer writes events. Each is written at once, as a whole; there is nothing
// to flush.
type Writer struct {
	w     io.Writer
	clock func() time.Time
	file  *os.File // nil where the caller gave the writer
	buf   []byte
}

// NewWriter begins an event file on w. The clock gives each event its time.
func NewWriter(w io.Writer, clock func() time.Time) (*Writer, error) {
	t := &Writer{w: w, clock: clock}
	var m message
	m.text(eventVersion, "brain.Event:2")
	return t, t.event(0, m)
}

// Create begins a new file events.out.tfevents.TIME.HOST in a folder, which must
// exist. The caller closes the writer.
func Create(dir string, clock func() time.Time) (*Writer, error) {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "localhost"
	}
	f, err := create(filepath.Join(dir, fmt.Sprintf("%s%010d.%s", namePrefix, clock().Unix(), filepath.Base(host))))
	if err != nil {
		return nil, errors.Wrap(err, "create event file")
	}
	w, err := NewWriter(f, clock)
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	w.file = f
	return w, nil
}

// create makes a file that is not there yet: a run that is taken up within the
// second of its start gets a number.
func create(path string) (*os.File, error) {
	for n := 0; ; n++ {
		name := path
		if n > 0 {
			name = fmt.Sprintf("%s.%d", path, n)
		}
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// Close closes the file that Create made.
func (w *Writer) Close() error {
	if w.file == nil {
		return nil
	}
	return errors.Wrap(w.file.Close(), "close event file")
}

// Restart notes that the run is taken up after a step: what TensorBoard has read
// of later steps it forgets.
func (w *Writer) Restart(step int) error {
	var log, m message
	log.int(1, 1) // status: START
	m.bytes(eventSession, log)
	return w.event(step+1, m)
}

// Scalar writes a number at a step, as float32.
func (w *Writer) Scalar(tag string, step int, value float64) error {
	var v message
	v.text(valueTag, tag)
	v.float(valueSimple, float32(value))
	return w.summary(tag, step, v)
}

// Text writes a text at a step; TensorBoard shows it as Markdown.
func (w *Writer) Text(tag string, step int, text string) error {
	var dim, shape, tensor, plugin, metadata, v message
	dim.int(1, 1)
	shape.bytes(2, dim) // [1]
	tensor.int(1, 7)    // DT_STRING
	tensor.bytes(2, shape)
	tensor.text(8, text)
	plugin.text(1, "text")
	metadata.bytes(1, plugin)
	v.text(valueTag, tag)
	v.bytes(valueTensor, tensor)
	v.bytes(valueMetadata, metadata)
	return w.summary(tag, step, v)
}

// Image writes a picture at a step, as PNG.
func (w *Writer) Image(tag string, step int, img image.Image) error {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return errors.Wrapf(err, "event %s, step %d", tag, step)
	}
	colors := int64(4) // RGBA
	switch img.(type) {
	case *image.Gray, *image.Gray16:
		colors = 1
	}
	var picture, v message
	picture.int(1, int64(img.Bounds().Dy()))
	picture.int(2, int64(img.Bounds().Dx()))
	picture.int(3, colors)
	picture.bytes(4, b.Bytes())
	v.text(valueTag, tag)
	v.bytes(valueImage, picture)
	return w.summary(tag, step, v)
}

// histogramBins is how many bins a histogram has, as many as TensorBoard shows.
const histogramBins = 30

// Histogram writes the distribution of values, all finite, at a step, in 30 bins
// of equal width.
func (w *Writer) Histogram(tag string, step int, values []float64) error {
	if len(values) == 0 {
		return errors.Errorf("event %s, step %d: no values", tag, step)
	}
	low, high, sum, squares := values[0], values[0], 0.0, 0.0
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return errors.Errorf("event %s, step %d: value %d is %g, expected finite numbers", tag, step, i, v)
		}
		low, high = min(low, v), max(high, v)
		sum += v
		squares += v * v
	}
	limits, counts := bins(low, high, values)
	var h, v message
	h.double(1, low)
	h.double(2, high)
	h.double(3, float64(len(values)))
	h.double(4, sum)
	h.double(5, squares)
	h.doubles(6, limits)
	h.doubles(7, counts)
	v.text(valueTag, tag)
	v.bytes(valueHistogram, h)
	return w.summary(tag, step, v)
}

// bins returns the upper limits of the bins of a histogram over [low, high] and
// how many values lie in each.
func bins(low, high float64, values []float64) (limits, counts []float64) {
	limits, counts = make([]float64, histogramBins), make([]float64, histogramBins)
	width := high/2 - low/2 // halves do not overflow; of the least numbers it is 0
	for i := range limits {
		limits[i] = max(low, min(2*(low/2+float64(i+1)/histogramBins*width), high))
	}
	limits[histogramBins-1] = high
	for _, v := range values {
		i := 0
		if width > 0 {
			i = int((v/2 - low/2) / width * histogramBins)
		}
		counts[min(i, histogramBins-1)]++
	}
	return limits, counts
}

// The fields of Summary.Value that are written.
const (
	valueTag       = 1
	valueSimple    = 2
	valueImage     = 4
	valueHistogram = 5
	valueTensor    = 8
	valueMetadata  = 9
)

// summary writes an event with one value.
func (w *Writer) summary(tag string, step int, value message) error {
	if step < 0 {
		return errors.Errorf("event %s: step %d, expected at least 0", tag, step)
	}
	var s, m message
	s.bytes(1, value)
	m.bytes(eventSummary, s)
	return w.event(step, m)
}

// event writes an Event of what is in body.
func (w *Writer) event(step int, body message) error {
	var m message
	m.double(eventTime, float64(w.clock().UnixMicro())/1e6)
	if step != 0 {
		m.int(eventStep, int64(step))
	}
	w.buf = appendRecord(w.buf[:0], append(m, body...))
	_, err := w.w.Write(w.buf)
	return errors.Wrap(err, "write event")
}
