namespace ALoRA.Onnx.Export.Checkpoints.Decoding;

/// <summary>Converts whole blocks of one encoding to binary32.</summary>
/// <param name="blocks">A whole number of blocks.</param>
/// <param name="values">Receives the elements of these blocks, no more.</param>
internal delegate void BlockDecoder(ReadOnlySpan<byte> blocks, Span<float> values);
