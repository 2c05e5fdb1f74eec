package gemm

// There is no wider form than that of tile_arm64.s.

func wideOf(*tileArgs, int, int) {}

func wideRows(*rowArgs, int) {}
