using System.Text.Json.Serialization.Metadata;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Inspect;

/// <summary>Shows what a safetensors or GGUF file holds. Opening one validates the whole container.</summary>
internal static class ContainerInspection
{
    /// <summary>Prints a file.</summary>
    /// <param name="terminal">Where to print.</param>
    /// <param name="path">The file.</param>
    /// <param name="json">How it is printed as JSON; null prints a table.</param>
    public static void Print(Terminal terminal, string path, JsonTypeInfo<ContainerJson>? json)
    {
        if (!File.Exists(path))
        {
            throw new CommandFailedException(
                ExitCode.BadInput, $"{path} does not exist. Give a .safetensors or .gguf file, or an exported model folder.");
        }

        switch (Path.GetExtension(path).ToUpperInvariant())
        {
            case ".SAFETENSORS":
                {
                    using SafetensorsFile file = SafetensorsFile.Open(path);
                    var metadata = file.Metadata.Select(entry => KeyValuePair.Create<string, object>(entry.Key, entry.Value));
                    Print(terminal, json, file.Tensors.Values, [.. metadata]);
                    break;
                }

            case ".GGUF":
                {
                    using GgufFile file = GgufFile.Open(path);
                    Print(terminal, json, file.Tensors.Values, file.Metadata);
                    break;
                }

            default:
                throw new CommandFailedException(
                    ExitCode.BadInput,
                    $"{path} is neither a .safetensors nor a .gguf file. Give one of these, or an exported model folder.");
        }
    }

    private static void Print(
        Terminal terminal,
        JsonTypeInfo<ContainerJson>? json,
        IEnumerable<CheckpointTensor> tensors,
        IReadOnlyCollection<KeyValuePair<string, object>> metadata)
    {
        if (json is not null)
        {
            JsonResult.Write(terminal, ContainerJson.Of(tensors, metadata), json);
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
