using ALoRA.Onnx.Export.Adapters;
using ALoRA.Onnx.Export.Checkpoints;

namespace ALoRA.Onnx.Export.Tests.Adapters;

/// <summary>Damaged adapters: refused with a sentence or converted, never anything else.</summary>
[TestClass]
public sealed class MutatedAdapterTests
{
    [TestMethod]
    [DataRow("adapter_config.json")]
    [DataRow("adapter_model.safetensors")]
    public async Task ConvertAsync_RandomDamage_IsRefusedOrConverted(string file)
    {
        using TemporaryFolder temporary = new();
        string model = TestModel.Tiny(temporary);
        string peft = TestAdapter.QueryAndValue().With("rank_pattern", new System.Text.Json.Nodes.JsonObject { ["q_proj|v_proj"] = 2 }).Save(temporary);
        byte[] original = await File.ReadAllBytesAsync(Path.Combine(peft, file));
        Random random = new(20251);
        AdapterConversionOptions options = new() { Overwrite = true };
        int refused = 0;
        for (int round = 0; round < 400; round++)
        {
            await File.WriteAllBytesAsync(Path.Combine(peft, file), Damage(original, random));
            try
            {
                await AdapterConverter.ConvertAsync(peft, model, options: options);
            }
            catch (CheckpointFormatException error)
            {
                StringAssert.Contains(error.Message, "adapter_");
                refused++;
            }

            Assert.IsLessThanOrEqualTo(1, Directory.Exists(Path.Combine(model, "adapters")) ? Directory.GetFileSystemEntries(Path.Combine(model, "adapters")).Length : 0);
        }

        Assert.IsGreaterThan(50, refused);
    }

    private static byte[] Damage(byte[] original, Random random)
    {
        List<byte> bytes = [.. original];
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            int position = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[position] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(position, Math.Min(random.Next(1, 9), bytes.Count - position - 1));
                    break;
                case 2:
                    bytes.InsertRange(position, "\"\\ud800[{}],:0-"u8.ToArray().OrderBy(_ => random.Next()).Take(3));
                    break;
                case 3:
                    bytes.InsertRange(position, bytes.GetRange(position, Math.Min(20, bytes.Count - position)));
                    break;
                default:
                    bytes[position] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return [.. bytes];
    }
}
