using ALoRA.Onnx.Export.Checkpoints.Decoding;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Decoding;

[TestClass]
public sealed class BlockDecodersGoldenTests
{
    [TestMethod]
    public void Decode_EveryType_GivesItsValuesBitForBit()
    {
        using SafetensorsFile golden = SafetensorsFile.Open(GoldenData.Path("gguf", "dequant.safetensors"));
        List<string> failures = [];
        int types = 0;
        foreach (CheckpointTensor blocks in golden.Tensors.Values.Where(
            tensor => tensor.Name.EndsWith(".blocks", StringComparison.Ordinal)))
        {
            types++;
            string type = blocks.Name[..^".blocks".Length];
            float[] expected = TensorBytes.ReadFloats(golden.Tensors[$"{type}.values"]);
            TensorEncoding encoding = Enum.Parse<TensorEncoding>(type);
            if (BlockDecoders.Find(encoding) is not { } decoder)
            {
                failures.Add($"{type}: no decoder");
                continue;
            }

            float[] actual = new float[expected.Length];
            decoder(TensorBytes.Read(blocks), actual);
            int different = expected.Zip(actual).Count(
                pair => BitConverter.SingleToInt32Bits(pair.First) != BitConverter.SingleToInt32Bits(pair.Second));
            if (different > 0)
            {
                failures.Add($"{type}: {different} of {expected.Length} values differ");
            }
        }

        Assert.IsGreaterThan(0, types);
        Assert.IsEmpty(failures, string.Join(Environment.NewLine, failures));
    }
}
