using System.Text.Json;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Inspect;

/// <summary>Shows what a safetensors or GGUF file holds. Opening one validates the whole container.</summary>
internal static class ContainerInspection
{
    public static void Print(Terminal terminal, string path, bool asJson)
    {
        switch (Path.GetExtension(path).ToUpperInvariant())
        {
            case ".SAFETENSORS":
                {
                    using SafetensorsFile file = SafetensorsFile.Open(path);
                    Print(terminal, asJson, file.WriteDescription, file.Tensors.Values, file.Metadata.Count);
                    break;
                }

            case ".GGUF":
                {
                    using GgufFile file = GgufFile.Open(path);
                    Print(terminal, asJson, file.WriteDescription, file.Tensors.Values, file.Metadata.Count);
                    break;
                }

            default:
                throw new CommandFailedException(
                    ExitCode.BadInput, $"{path} is neither a .safetensors nor a .gguf file. Give one of these, or an exported model folder.");
        }
    }

    private static void Print(
        Terminal terminal, bool asJson, Action<Utf8JsonWriter> writeDescription, IEnumerable<CheckpointTensor> tensors, int metadataCount)
    {
        if (asJson)
        {
            JsonResult.Write(terminal, writeDescription);
            return;
        }

        ResultTable table = new("tensor", "dtype", "shape", ">bytes");
        long total = 0;
        foreach (CheckpointTensor tensor in tensors)
        {
            total += tensor.ByteLength;
            table.Add(tensor.Name, tensor.Encoding.FormatName(), string.Join(" × ", tensor.Shape), ByteSize.Format(tensor.ByteLength));
        }

        table.Print(terminal);
        terminal.Output.WriteLine($"{tensors.Count()} tensors, {ByteSize.Format(total)}, {metadataCount} metadata entries (--json shows them).");
    }
}
