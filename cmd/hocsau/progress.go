package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/hocsau/hocsau/plot"
	"github.com/hocsau/hocsau/solvers/train"
)

// bar shows an epoch's progress on a terminal.
type bar struct {
	*progressbar.ProgressBar
	epoch int
	drawn time.Time
}

func (b *bar) stop() {
	if b.ProgressBar != nil {
		_ = b.Clear()
	}
}

func (a *app) progress(loop *train.Loop) *bar {
	b := &bar{}
	if a.json || a.terminal() == 0 {
		return b
	}
	loop.OnStep = func(s train.Step) {
		if b.ProgressBar == nil || b.epoch != s.Epoch {
			b.stop()
			b.epoch = s.Epoch
			b.ProgressBar = progressbar.NewOptions(s.Batches,
				progressbar.OptionSetWriter(a.out), progressbar.OptionSetWidth(max(10, min(30, a.terminal()-75))),
				progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false),
				progressbar.OptionClearOnFinish(),
				progressbar.OptionSetTheme(progressbar.Theme{Saucer: "█", SaucerPadding: "░", BarStart: "", BarEnd: ""}))
		}
		if time.Since(b.drawn) < 100*time.Millisecond && s.Batch < s.Batches {
			return
		}
		b.drawn = time.Now()
		b.Describe(fmt.Sprintf("epoch %d/%d  loss %.4f  %s/s  %s left", s.Epoch, s.Epochs, s.Loss, thousands(int(s.SamplesPerS)), s.Left.Round(time.Second)))
		_ = b.Set(s.Batch)
	}
	return b
}

// epochDone prints the line of an epoch.
func (a *app) epochDone(b *bar, loop *train.Loop) error {
	b.stop()
	b.ProgressBar = nil
	e := loop.Epoch()
	if a.json {
		line, err := e.Line()
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.out, "%s\n", line)
		return err
	}
	line := fmt.Sprintf("epoch %*d/%d  train_loss %.4f", len(fmt.Sprint(loop.Epochs)), e.Epoch, loop.Epochs, e.TrainLoss)
	for _, m := range e.Validation {
		line += fmt.Sprintf("  %s %.4f", m.Name, m.Value)
	}
	if loop.Progress().BestEpoch == e.Epoch {
		line += "  best"
	}
	_, err := fmt.Fprintf(a.out, "%s  %s/s\n", line, thousands(int(e.SamplesPerS)))
	return err
}

// drawCurves draws the losses, and beside them the other metrics, by epoch.
func drawCurves(path string, history []train.Epoch) error {
	loss := plot.Panel{Title: "loss", XLabel: "epoch", Series: []plot.Series{{Name: "train_loss"}}}
	other := plot.Panel{Title: "validation", XLabel: "epoch"}
	for _, e := range history {
		loss.Series[0].Y = append(loss.Series[0].Y, e.TrainLoss)
		for _, m := range e.Validation {
			to := &other
			if strings.HasSuffix(m.Name, "loss") {
				to = &loss
			}
			i := slices.IndexFunc(to.Series, func(s plot.Series) bool { return s.Name == m.Name })
			if i < 0 {
				i = len(to.Series)
				to.Series = append(to.Series, plot.Series{Name: m.Name})
			}
			to.Series[i].Y = append(to.Series[i].Y, m.Value)
		}
	}
	panels := []plot.Panel{loss}
	if len(other.Series) > 0 {
		panels = append(panels, other)
	}
	img, err := plot.Curves(panels...)
	if err != nil {
		return err
	}
	return plot.WritePNG(path, img)
}
