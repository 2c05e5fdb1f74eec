package sequence

import (
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
)

// Area returns the recurrent networks.
func Area() run.Area {
	return run.Area{
		Name: "sequence",
		Models: map[string]run.Model{
			"sentiment": sentimentModel(), "ner": nerModel(), "pos": posModel(),
			"charlm": charlmModel(), "music": musicModel(),
		},
		Commands:      func(a *run.App) []*cobra.Command { return []*cobra.Command{tradeoffsCommand(a)} },
		PredictFlags:  predictFlags,
		GenerateFlags: generateFlags,
		TextPreviews:  previews(),
	}
}

// labelKeys are what --set knows for the models of labels.
func labelKeys() map[string]string {
	return map[string]string{
		"embedding": "numbers a word, usually 100",
		"hidden":    "units of the LSTM a direction",
		"dropout":   "of words and of what is read, usually 0.5",
		"min_count": "how often a word must occur to be known",
		"unknown":   "probability with which a word is replaced by the unknown one in training",
	}
}

// labels fills in what the models of labels have in common.
func labels(name string, m run.Model) run.Model {
	m.Keys = labelKeys()
	m.Check = func(s run.Settings) error {
		if _, err := labelModel(s, 2, 2, 1); err != nil {
			return err
		}
		if _, err := s.Int("min_count", 1, 1); err != nil {
			return err
		}
		_, err := replacing(s, nil)
		return err
	}
	m.Build, m.Open, m.Predict = exampleLabels(name), openLabels, predictLabels
	return m
}

func sentimentModel() run.Model {
	recipe := run.Recipe{Epochs: 12, Batch: 32, Solver: "adam", Rate: 1e-3, Set: map[string]string{"clip": "1"}}
	short := recipe
	short.Epochs = 3
	return labels("sentiment", run.Model{
		About: "a bidirectional LSTM: the sentiment of a text", Section: "2.1",
		Data: []string{"phrases", "sst2", "mr", "tsv"}, Recipe: short,
		Recipes:      map[string]run.Recipe{"sst2": recipe, "mr": recipe, "tsv": recipe},
		PredictInput: "--text 'a warm and funny film'",
		Next:         "predict %s --text 'a warm and funny film'", NextFor: "Try a text of your own",
	})
}

// taggerRecipes returns the recipe for sentences made up, and for real ones.
func taggerRecipes() (short, long run.Recipe) {
	long = run.Recipe{Epochs: 20, Batch: 16, Solver: "adam", Rate: 2e-3, Set: map[string]string{"clip": "5", "schedule": "linear"}}
	short = long
	short.Epochs = 2
	return short, long
}

func nerModel() run.Model {
	short, long := taggerRecipes()
	m := labels("ner", run.Model{
		About: "a bidirectional LSTM: the names in a text", Section: "2.1",
		Data: []string{"phrases", "wnut17", "conll"}, Recipe: short,
		Recipes:      map[string]run.Recipe{"wnut17": long, "conll": long},
		PredictInput: "--text 'Anna met Peter in Paris'",
		Next:         "predict %s --text 'Anna met Peter in Paris'", NextFor: "Try a text of your own",
	})
	m.Keys["token_column"] = "of conll: the column of the words, its name in the heading or its number from 1"
	m.Keys["tag_column"] = "of conll: the column of the tags, likewise"
	return m
}

func posModel() run.Model {
	short, long := taggerRecipes()
	return labels("pos", run.Model{
		About: "a bidirectional LSTM: the parts of speech of words", Section: "2.1",
		Data: []string{"phrases", "vtb", "conllu"}, Recipe: short,
		Recipes:      map[string]run.Recipe{"vtb": long, "conllu": long},
		PredictInput: "--text 'the small dog runs'",
		Next:         "predict %s --text 'the small dog runs'", NextFor: "Try a text of your own",
	})
}

// writer fills in what the language models of characters have in common.
func writer(m run.Model) run.Model {
	m.Section = "2.1"
	m.Keys = map[string]string{
		"cell":      "rnn, gru or lstm",
		"embedding": "numbers a character, usually 64",
		"hidden":    "units a layer, usually 256",
		"layers":    "how many, usually 1",
		"dropout":   "before, between and behind the layers",
		"steps":     "characters that gradients go back, usually 100",
	}
	m.Check = func(s run.Settings) error {
		if _, err := s.Int("steps", 100, 1); err != nil {
			return err
		}
		_, err := writerOpts(s)
		return err
	}
	m.Build, m.Open, m.Predict, m.Generate = exampleText, openText, predictText, generate
	return m
}

func writerRecipe(epochs, batch int) run.Recipe {
	return run.Recipe{Epochs: epochs, Batch: batch, Solver: "adam", Rate: 3e-3, Set: map[string]string{"clip": "1", "schedule": "cosine"}}
}

func charlmModel() run.Model {
	return writer(run.Model{
		About:   "a GRU that writes text character by character",
		Data:    []string{"phrases", "tinyshakespeare", "kieu", "nottingham", "text"},
		Recipe:  writerRecipe(4, 50),
		Recipes: map[string]run.Recipe{"tinyshakespeare": writerRecipe(10, 50), "kieu": writerRecipe(20, 20), "nottingham": writerRecipe(12, 50), "text": writerRecipe(10, 50)},
		Next:    "generate %s --temperature 0.7", NextFor: "Let it write",
		PredictInput: "--text 'to be or not to be'",
	})
}

func musicModel() run.Model {
	return writer(run.Model{
		About:   "a GRU that writes tunes in ABC notation",
		Data:    []string{"scales", "nottingham", "text"},
		Recipe:  writerRecipe(4, 50),
		Recipes: map[string]run.Recipe{"nottingham": writerRecipe(12, 50), "text": writerRecipe(10, 50)},
		Next:    "generate %s --key G --out tune.abc", NextFor: "Let it write a tune, as ABC and MIDI",
		PredictInput: "--text 'G A B c | d4 |'",
	})
}
