using System.Text;
using ALoRA.Onnx.Export.Checkpoints;
using ALoRA.Onnx.Export.ModelFolders;
using ALoRA.Onnx.Export.Tests.Checkpoints.Gguf;
using ALoRA.Onnx.Export.Tests.Checkpoints.Safetensors;

namespace ALoRA.Onnx.Export.Tests.Checkpoints;

/// <summary>Damaged files are read or refused; nothing else may happen. The seeds are fixed.</summary>
[TestClass]
public sealed class MutatedFilesTests
{
    private const int Runs = 600;

    [TestMethod]
    public void Open_DamagedGguf_IsReadOrRefusedWithinBounds() => Check("a.gguf", TinyGguf.Make().ToBytes(), path =>
    {
        using Checkpoint checkpoint = CheckpointReader.Open(path);
        ReadAll(checkpoint.Tensors.Values);
    });

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    public void Open_DamagedPartOfASplit_IsReadOrRefusedWithinBounds(int part)
    {
        using TemporaryFolder folder = new();
        TinyGguf.WriteSplit(folder.Path, 3);
        string damaged = folder[$"tiny-0000{part}-of-00003.gguf"];
        Fuzzing.Check(
            File.ReadAllBytes(damaged),
            bytes =>
            {
                File.WriteAllBytes(damaged, bytes);
                using Checkpoint checkpoint = CheckpointReader.Open(folder["tiny-00001-of-00003.gguf"]);
                ReadAll(checkpoint.Tensors.Values);
            },
            exception => exception is CheckpointFormatException,
            FuzzPieces.None,
            Runs / 2);
    }

    [TestMethod]
    public void Open_DamagedBlocksWithAGrid_AreReadOrRefusedWithinBounds()
    {
        TensorEncoding[] encodings =
        [
            TensorEncoding.IQ1_S, TensorEncoding.IQ1_M, TensorEncoding.IQ2_XXS, TensorEncoding.IQ2_XS, TensorEncoding.IQ2_S,
            TensorEncoding.IQ3_XXS, TensorEncoding.IQ3_S,
        ];
        Random random = new(4);
        GgufBuilder file = new();
        foreach (TensorEncoding encoding in encodings)
        {
            byte[] blocks = new byte[encoding.BlockByteLength()];
            random.NextBytes(blocks);
            file.WithTensor(encoding.FormatName(), encoding, [1, 256], blocks);
        }

        Check("a.gguf", file.ToBytes(), path =>
        {
            using GgufFile opened = GgufFile.Open(path);
            ReadAll(opened.Tensors.Values);
        });
    }

    [TestMethod]
    public void Open_DamagedSafetensors_IsReadOrRefusedWithinBounds() => Check(
        "a.safetensors",
        SafetensorsBytes.Make(
            Encoding.UTF8.GetBytes(
                "{\"__metadata__\":{\"k\":\"v\"},\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
                + "\"b\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[24,32]}}"),
            32),
        path =>
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            ReadAll(file.Tensors.Values);
        });

    [TestMethod]
    public void Read_DamagedConfig_IsReadOrRefusedWithinBounds() => Check(
        "config.json", Encoding.UTF8.GetBytes(new SyntheticCheckpoint("granite").Config.ToJsonString()),
        path => CheckpointOutline.Read(path), FuzzPieces.Json);

    [TestMethod]
    public void Open_DamagedConfigOfACheckpoint_IsReadOrRefusedWithinBounds()
    {
        using TemporaryFolder folder = new();
        new SyntheticCheckpoint().Write(folder.Path);
        byte[] sound = File.ReadAllBytes(folder["config.json"]);
        Fuzzing.Check(
            sound,
            bytes =>
            {
                File.WriteAllBytes(folder["config.json"], bytes);
                Exporter.CheckAsync(folder.Path).GetAwaiter().GetResult();
            },
            exception => exception is CheckpointFormatException,
            FuzzPieces.Json,
            Runs / 2);
    }

    [TestMethod]
    public async Task Check_TextOfTheConfigThatIsNoUnicode_IsRefused()
    {
        using TemporaryFolder folder = new();
        SyntheticCheckpoint checkpoint = new();
        checkpoint.Write(folder.Path);
        string config = await File.ReadAllTextAsync(folder["config.json"]);
        await File.WriteAllTextAsync(
            folder["config.json"],
            config.Insert(config.IndexOf('{', StringComparison.Ordinal) + 1, """ "quantization_config": { "a": "\ud800" }, """));
        CheckpointFormatException exception = await Assert.ThrowsExactlyAsync<CheckpointFormatException>(
            () => Exporter.CheckAsync(folder.Path));
        Assert.Contains("Unicode", exception.Message);
    }

    [TestMethod]
    public async Task Open_DamagedManifest_IsReadOrRefusedWithinBounds()
    {
        using TemporaryFolder folder = new();
        await Exporter.ExportAsync(
            new SyntheticCheckpoint().Write(folder["checkpoint"]), folder["model"], new ExportOptions { Precision = ExportPrecision.Int4 });
        byte[] sound = await File.ReadAllBytesAsync(folder["model", "alora_config.json"]);
        Check("alora_config.json", sound, path => ExportedModel.Open(Path.GetDirectoryName(path)!), FuzzPieces.Json);
    }

    private static void ReadAll(IEnumerable<CheckpointTensor> tensors)
    {
        foreach (CheckpointTensor tensor in tensors.Where(tensor => tensor.ElementCount is > 0 and < 100_000))
        {
            tensor.ReadRowsAsFloat(0, (int)tensor.RowCount, new float[tensor.ElementCount]);
        }
    }

    private static void Check(string name, byte[] sound, Action<string> read, IReadOnlyList<byte[]>? pieces = null)
    {
        using TemporaryFolder folder = new();
        Fuzzing.Check(
            sound,
            bytes =>
            {
                File.WriteAllBytes(folder[name], bytes);
                read(folder[name]);
            },
            exception => exception is CheckpointFormatException,
            pieces ?? FuzzPieces.None,
            Runs);
    }
}
