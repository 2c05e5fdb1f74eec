package sequence

import (
	"context"
	"strings"

	"github.com/hocsau/hocsau/cmd/internal/run"
)

// previews return the first examples of the sets of text.
func previews() map[string]func(context.Context, *run.App, run.PreviewOptions) ([]string, error) {
	all := map[string]func(context.Context, *run.App, run.PreviewOptions) ([]string, error){}
	for _, name := range []string{"tinyshakespeare", "kieu", "nottingham", "scales"} {
		all[name] = previewText
	}
	for name, model := range map[string]string{"phrases": "ner", "sst2": "sentiment", "mr": "sentiment", "tsv": "sentiment", "wnut17": "ner", "conll": "ner", "vtb": "pos", "conllu": "pos"} {
		all[name] = func(ctx context.Context, a *run.App, o run.PreviewOptions) ([]string, error) {
			return previewSentences(ctx, a, o, model)
		}
	}
	return all
}

// previewText returns the first lines of a running text.
func previewText(ctx context.Context, a *run.App, o run.PreviewOptions) ([]string, error) {
	t, err := readTexts(ctx, run.Settings{Data: o.Name, DataDir: o.DataDir, Seed: o.Seed}, o.Offline, a.Err)
	if err != nil {
		return nil, err
	}
	lines := strings.SplitN(t.train, "\n", o.Count+1)
	return lines[:min(o.Count, len(lines))], nil
}

// previewSentences returns the first sentences with their labels as a model has
// them.
func previewSentences(ctx context.Context, a *run.App, o run.PreviewOptions, model string) ([]string, error) {
	all, err := readSentences(ctx, run.Settings{Model: model, Data: o.Name, DataDir: o.DataDir, Seed: o.Seed}, o.Offline, a.Err)
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, x := range all.train[:min(o.Count, len(all.train))] {
		line := strings.Join(x.tokens, " ")
		if len(x.labels) == 1 && !perToken(model) {
			line = x.labels[0] + ": " + line
		} else {
			line = marked(x.tokens, x.labels, nil)
		}
		lines = append(lines, line)
	}
	return lines, nil
}
