package words

import (
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
)

// Area returns the models of words.
func Area() run.Area {
	return run.Area{
		Name: "words",
		Models: map[string]run.Model{
			"lm": languageModel(),
		},
		PredictFlags:  predictFlags,
		GenerateFlags: generateFlags,
	}
}

func predictFlags(f *pflag.FlagSet) { f.String("text", "", "text in place of a file") }
