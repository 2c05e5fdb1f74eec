package words

import kernel "github.com/hocsau/hocsau/internal/kernels/words"

// BlockSide returns a good Side of blocks for GloVe: the rows of a block, of both tables with their squares, fit into a
// core's cache, and there are enough blocks for all cores.
func BlockSide(words, dim int) int {
	const cache, least, most = 512 << 10, 8, 64
	row := 2 * 4 * kernel.Width(dim) // bytes
	return min(max((words*row+cache-1)/cache, least), most, max(words, 1))
}
