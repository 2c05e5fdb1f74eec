package classify

import (
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
)

// commands are the area's own.
func commands(a *run.App) []*cobra.Command {
	return []*cobra.Command{weightsCommand(a), explainCommand(a)}
}
