package words

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
)

// Area returns the models of words.
func Area() run.Area {
	return run.Area{
		Name: "words", Models: models(),
		TrainFlags:    []run.SetFlag{{Name: "memory", Key: "memory", Usage: "glove: memory that counting may take, such as 512MB"}},
		Commands:      func(a *run.App) []*cobra.Command { return []*cobra.Command{embedCommand(a)} },
		PredictFlags:  predictFlags,
		GenerateFlags: generateFlags,
	}
}

// models are the models of words by name. Those of vectors have what the authors'
// programs take for a text of some millions of words; phrases are few, so that
// they are read more often.
func models() map[string]run.Model {
	return map[string]run.Model{
		"lm": languageModel(),
		"skipgram": vectorModel("word vectors by skip-gram with negative sampling", word2vecKeys(),
			run.Recipe{Epochs: 15, Batch: 1, Solver: "sgd", Rate: 0.05, Set: map[string]string{"dim": "50", "window": "3", "min_count": "1"}},
			run.Recipe{Epochs: 5, Batch: 1, Solver: "sgd", Rate: 0.025, Set: map[string]string{"dim": "100", "window": "5", "min_count": "5"}},
			exampleSkipGram),
		"cbow": vectorModel("word vectors by the continuous bag of words", word2vecKeys(),
			run.Recipe{Epochs: 30, Batch: 1, Solver: "sgd", Rate: 0.05, Set: map[string]string{"dim": "50", "window": "3", "min_count": "1"}},
			run.Recipe{Epochs: 5, Batch: 1, Solver: "sgd", Rate: 0.05, Set: map[string]string{"dim": "100", "window": "5", "min_count": "5"}},
			exampleCBOW),
		"glove": vectorModel("word vectors by GloVe: global counts of words that occur together", gloveKeys(),
			run.Recipe{Epochs: 30, Batch: 1, Solver: "adagrad", Rate: 0.05, Set: map[string]string{"dim": "20", "window": "5", "x_max": "100", "min_count": "1", "memory": "64MB"}},
			run.Recipe{Epochs: 15, Batch: 1, Solver: "adagrad", Rate: 0.05, Set: map[string]string{"dim": "100", "window": "10", "min_count": "5", "memory": "512MB"}},
			exampleGloVe),
	}
}

func predictFlags(f *pflag.FlagSet) { f.String("text", "", "text in place of a file") }
