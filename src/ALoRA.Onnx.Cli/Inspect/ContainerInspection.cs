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
                    var metadata = file.Metadata.Select(entry => KeyValuePair.Create<string, object>(entry.Key, entry.Value));
                    Print(terminal, asJson, file.Tensors.Values, [.. metadata]);
                    break;
                }

            case ".GGUF":
                {
                    using GgufFile file = GgufFile.Open(path);
                    Print(terminal, asJson, file.Tensors.Values, file.Metadata);
                    break;
                }

            default:
                throw new CommandFailedException(
                    ExitCode.BadInput,
                    $"{path} is neither a .safetensors nor a .gguf file. Give one of these, or an exported model folder.");
        }
    }

    private static void Print(
        Terminal terminal, bool asJson, IEnumerable<CheckpointTensor> tensors, IReadOnlyCollection<KeyValuePair<string, object>> metadata)
    {
        if (asJson)
        {
            JsonResult.Write(terminal, writer => ContainerDescription.Write(writer, tensors, metadata));
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
        terminal.Output.WriteLine(
            $"{tensors.Count()} tensors, {ByteSize.Format(total)}, {metadata.Count} metadata entries (--json shows them).");
    }
}
