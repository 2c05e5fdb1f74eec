package run

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/hocsau/hocsau/solvers/train"
)

// Bar shows an epoch's progress in one line of a terminal, which it writes over.
type Bar struct {
	out   io.Writer
	shown int // columns that the line takes, 0 where there is none
	drawn time.Time
}

// Clear removes the line.
func (b *Bar) Clear() {
	if b.shown > 0 {
		fmt.Fprintf(b.out, "\r%*s\r", b.shown, "")
		b.shown = 0
	}
}

// Draw shows a moment of an epoch in at most width columns; metrics are those of
// the epoch before.
func (b *Bar) Draw(s train.Step, metrics train.Metrics, width int) {
	epoch := fmt.Sprintf("epoch %*d/%d ", len(fmt.Sprint(s.Epochs)), s.Epoch, s.Epochs)
	rest := fmt.Sprintf(" %3d %%  loss %.4f", 100*s.Batch/s.Batches, s.Loss)
	if len(metrics) > 0 {
		rest += fmt.Sprintf("  %s %.4f", metrics[0].Name, metrics[0].Value)
	}
	rest += fmt.Sprintf("  %6s/s  %s left", Thousands(int(s.SamplesPerS)), s.Left.Round(time.Second))
	line := []rune(epoch + rest)
	if room := min(30, (width-1-len(line))/5*5); room >= 5 { // in steps, so that it rarely changes
		full := room * s.Batch / s.Batches
		line = []rune(epoch + strings.Repeat("█", full) + strings.Repeat("░", room-full) + rest)
	}
	line = line[:max(0, min(len(line), width-1))]
	fmt.Fprintf(b.out, "\r%s%*s", string(line), max(0, b.shown-len(line)), "")
	b.shown = max(b.shown, len(line))
	b.drawn = time.Now()
}

// Progress shows the loop's steps where the output is a terminal.
func (a *App) Progress(loop *train.Loop) *Bar {
	b := &Bar{out: a.Raw()}
	if a.JSON || a.Terminal() == 0 {
		return b
	}
	loop.OnStep = func(s train.Step) {
		if time.Since(b.drawn) >= 100*time.Millisecond || s.Batch == s.Batches {
			b.Draw(s, loop.Epoch().Validation, a.Terminal())
		}
	}
	return b
}

// NewBar returns the bar of a model with a loop of its own.
func (a *App) NewBar() *Bar { return &Bar{out: a.Raw()} }

// Due reports whether a bar that shows progress on a terminal is to be drawn
// again.
func (b *Bar) Due() bool { return time.Since(b.drawn) >= 100*time.Millisecond }

// EpochDone prints the line of an epoch.
func (a *App) EpochDone(b *Bar, loop *train.Loop) error {
	return a.EpochLine(b, loop.Epoch(), loop.Epochs, loop.Progress().BestEpoch == loop.Epoch().Epoch)
}

// EpochLine prints the line of an epoch, of so many, which was the best so far or
// not.
func (a *App) EpochLine(b *Bar, e train.Epoch, epochs int, best bool) error {
	b.Clear()
	if a.JSON {
		line, err := e.Line()
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.Out, "%s\n", line)
		return err
	}
	line := fmt.Sprintf("epoch %*d/%d  train_loss %.4f", len(fmt.Sprint(epochs)), e.Epoch, epochs, e.TrainLoss)
	for _, m := range e.Validation {
		line += fmt.Sprintf("  %s %.4f", m.Name, m.Value)
	}
	line += fmt.Sprintf("  %6s/s", Thousands(int(e.SamplesPerS)))
	if best {
		line += "  best"
	}
	_, err := fmt.Fprintln(a.Out, line)
	return err
}
