package classify

import (
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/zoo/catalog"
)

// commands are the area's own.
func commands(a *run.App, models *catalog.Catalog) []*cobra.Command {
	return []*cobra.Command{weightsCommand(a, models), explainCommand(a, models)}
}
