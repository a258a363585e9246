using ALoRA.Onnx.Export.Checkpoints.Decoding;

namespace ALoRA.Onnx.Export.Checks;

/// <summary>Encodings of weights. 8-bit floats and integers are weights only together with scales of their own, which no architecture here has.</summary>
internal static class ExportableEncodings
{
    public static bool Contains(TensorEncoding encoding) =>
        encoding is TensorEncoding.F64 or TensorEncoding.F32 or TensorEncoding.F16 or TensorEncoding.BF16
        || (encoding.BlockLength() >= 32 && BlockDecoders.Find(encoding) is not null);
}
