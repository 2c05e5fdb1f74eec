package train

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/plot"
)

func TestHistory(t *testing.T) {
	l := newLoop(t, nil, config{})
	if h := l.History(); h.PNG() != nil || h.String() != "no epoch is done" {
		t.Errorf("before the first epoch: %q", h)
	}
	for range 2 {
		if !l.Next(context.Background()) {
			t.Fatal(l.Err())
		}
	}
	h := l.History()
	if text := h.String(); strings.Count(text, "\n") != 1 || !strings.HasPrefix(text, "epoch 1  train_loss ") || !strings.Contains(text, "val_accuracy") {
		t.Errorf("text %q", text)
	}
	img, err := png.Decode(bytes.NewReader(h.PNG()))
	if err != nil || img.Bounds().Dx() != 1440 || img.Bounds().Dy() != 518 {
		t.Fatalf("curves: %v, %v", img, err)
	}
	if h[0].TrainLoss = math.NaN(); h[:1].PNG() != nil {
		t.Error("a history of NaN is drawn")
	}
}

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		y    []float64
		want float64
	}{{[]float64{1, 2, 40}, 40}, {[]float64{0, 1}, 0}, {[]float64{-1, 1}, 0}} {
		if got := spread([]plot.Series{{Y: c.y}}); got != c.want {
			t.Errorf("%v: %g, expected %g", c.y, got, c.want)
		}
	}
}

func TestClassifier_display(t *testing.T) {
	task := newLoop(t, nil, config{}).Task.(*Classifier)
	s, err := task.Summary()
	if err != nil || s.Parameters() == 0 || s.HTML() != task.HTML() {
		t.Errorf("summary %v, %v", s, err)
	}
	for d := xml.NewDecoder(strings.NewReader(task.HTML())); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	names := make([]string, classes)
	e, err := task.Evaluate(points(30, 2))
	if err != nil {
		t.Fatal(err)
	}
	m, err := e.Confusion(names)
	if err != nil || m.Total() != 30 || math.Abs(m.Accuracy()-e.Accuracy) > 1e-12 {
		t.Errorf("confusion %v, %v; accuracy %g", m, err, e.Accuracy)
	}
	if _, err := e.Confusion(names[:1]); err == nil {
		t.Error("with too few names: no error")
	}
}
