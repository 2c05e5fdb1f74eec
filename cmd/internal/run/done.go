package run

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/solvers/train"
)

// doneLine is the last line that train and eval print with --json:
// {"event":"done","run":…,"model":…,"data":…,METRICS…,"examples":…,…}. A metric
// that was not measured is null.
func doneLine(path, model, data string, t tested, p train.Progress) ([]byte, error) {
	b := []byte(`{"event":"done"`)
	var err error
	add := func(name string, value any) {
		if err != nil {
			return
		}
		var k, v []byte
		if k, err = json.Marshal(name); err != nil {
			return
		}
		if v, err = json.Marshal(value); err != nil {
			err = errors.Wrapf(err, "metric %s", name)
			return
		}
		b = fmt.Appendf(b, ",%s:%s", k, v)
	}
	add("run", path)
	add("model", model)
	add("data", data)
	for _, m := range t.Metrics {
		if math.IsNaN(m.Value) {
			add(m.Name, nil)
			continue
		}
		add(m.Name, m.Value)
	}
	add("examples", t.Examples)    // of the test part
	add("epochs", p.Epoch)         // trained
	add("best_epoch", p.BestEpoch) // by validation, 0 without
	add("seconds", t.Seconds)      // of training, or of the evaluation
	return append(b, '}'), err
}

func (a *App) printDone(path, model, data string, t tested, p train.Progress) error {
	line, err := doneLine(path, model, data, t, p)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.Out, "%s\n", line)
	return err
}

// metricsLine is the same in plain words.
func metricsLine(t tested) string {
	line := ""
	for i, m := range t.Metrics {
		if i > 0 {
			line += "  "
		}
		if math.IsNaN(m.Value) {
			line += m.Name + " not measured"
			continue
		}
		line += fmt.Sprintf("%s %.4f", m.Name, m.Value)
	}
	return line + fmt.Sprintf("  on %s examples", Thousands(t.Examples))
}
