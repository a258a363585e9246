using System.Runtime.InteropServices;
using ALoRA.Onnx.Adapters;

namespace ALoRA.Onnx.EndToEnd.Tests.Cases;

/// <summary>Copies of the demo model in which an adapter has other weights.</summary>
internal static class PoisonedModel
{
    /// <summary>Copies the demo model's folder.</summary>
    public static async Task<string> CopyAsync(TemporaryFolder folder)
    {
        CopyFolder(await Runtime.DemoModel.FolderAsync(), folder["model"]);
        return folder["model"];
    }

    /// <summary>Copies a folder with all that is in it, over what is there.</summary>
    public static void CopyFolder(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }

    /// <summary>The file of an adapter's weights.</summary>
    public static string WeightsOf(string model, string adapter) => Path.Combine(model, "adapters", adapter, "adapter.onnx_adapter");

    /// <summary>Gives weights of an adapter another value.</summary>
    /// <param name="file">Its file.</param>
    /// <param name="value">The value.</param>
    /// <param name="part">Of which tensors, a part of their names; empty for all.</param>
    /// <param name="most">Of how many weights of each.</param>
    public static void Fill(string file, float value, string part = "", int most = int.MaxValue)
    {
        byte[] bytes = File.ReadAllBytes(file);
        foreach (AdapterParameter parameter in AdapterFile.Parse(file, bytes))
        {
            if (parameter.Name != "activation_mask" && parameter.Name.Contains(part, StringComparison.Ordinal))
            {
                Span<float> weights = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(parameter.Offset, parameter.Length));
                weights[..Math.Min(most, weights.Length)].Fill(value);
            }
        }

        File.WriteAllBytes(file, bytes);
    }

    /// <summary>Gives all weights of a float16 adapter another value.</summary>
    public static void FillHalves(string file, Half value)
    {
        byte[] bytes = File.ReadAllBytes(file);
        foreach (AdapterParameter parameter in AdapterFile.Parse(file, bytes).Where(parameter => parameter.Name != "activation_mask"))
        {
            MemoryMarshal.Cast<byte, Half>(bytes.AsSpan(parameter.Offset, parameter.Length)).Fill(value);
        }

        File.WriteAllBytes(file, bytes);
    }
}
