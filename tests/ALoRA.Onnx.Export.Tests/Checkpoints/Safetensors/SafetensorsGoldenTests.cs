using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Safetensors;

[TestClass]
public sealed class SafetensorsGoldenTests
{
    [TestMethod]
    public void Open_EveryFileOfTheIndex_IsAcceptedOrRefusedAsTheIndexSays()
    {
        string folder = GoldenData.Path("safetensors");
        JsonArray files = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "index.json")))!["files"]!.AsArray();
        List<string> failures = [];
        foreach (JsonNode? entry in files)
        {
            string name = (string)entry!["file"]!;
            string? failure = (bool)entry["valid"]!
                ? CheckValid(Path.Combine(folder, name), entry["expect"]!["tensors"]!.AsObject())
                : CheckRefused(Path.Combine(folder, name));
            if (failure is not null)
            {
                failures.Add($"{name}: {failure}");
            }
        }

        Assert.IsNotEmpty(files);
        Assert.IsEmpty(failures, string.Join(Environment.NewLine, failures));
    }

    private static string? CheckRefused(string path)
    {
        try
        {
            SafetensorsFile.Open(path).Dispose();
            return "accepted";
        }
        catch (CheckpointFormatException exception)
        {
            return exception.Message.Contains(path, StringComparison.Ordinal) ? null : "the message does not name the file: " +
                $"{exception.Message}";
        }
    }

    private static string? CheckValid(string path, JsonObject expected)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (file.Tensors.Count != expected.Count)
        {
            return $"{file.Tensors.Count} tensors, expected {expected.Count}";
        }

        foreach ((string name, JsonNode? want) in expected)
        {
            CheckpointTensor tensor = file.Tensors[name];
            byte[] bytes = TensorBytes.Read(tensor);
            long[] shape = [.. want!["shape"]!.AsArray().Select(size => (long)size!)];
            if (tensor.Encoding.FormatName() != (string)want["dtype"]!
                || !tensor.Shape.SequenceEqual(shape)
                || TensorBytes.Hash(bytes) != (string)want["sha256"]!)
            {
                return $"{name} differs";
            }

            if ((string?)want["sha256_as_f32"] is { } asFloat
                && TensorBytes.Hash(MemoryMarshal.AsBytes<float>(TensorBytes.ReadFloats(tensor))) != asFloat)
            {
                return $"{name} differs as float32";
            }
        }

        return null;
    }
}
