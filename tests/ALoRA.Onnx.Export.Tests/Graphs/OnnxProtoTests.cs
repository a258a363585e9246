using System.Diagnostics;
using System.Text.RegularExpressions;
using ALoRA.Onnx.Export.Graphs.Proto;
using Google.Protobuf.Reflection;

namespace ALoRA.Onnx.Export.Tests.Graphs;

/// <summary>
/// <c>Graphs/Proto/Onnx.g.cs</c> is committed, so that building needs no compiler of protobuf files.
/// It must be what <c>Graphs/onnx.proto</c> says.
/// </summary>
[TestClass]
public sealed partial class OnnxProtoTests
{
    private static readonly string Folder = Path.Combine(RepositoryFolder.Root, "export", "ALoRA.Onnx.Export", "Graphs");

    [TestMethod]
    public void Descriptor_OfGeneratedCode_HasTheFieldsOfTheFile()
    {
        string text = Comment().Replace(File.ReadAllText(Path.Combine(Folder, "onnx.proto")), "");
        string[] written =
            [.. NumberedName().Matches(text).Select(match => $"{match.Groups["name"].Value} = {match.Groups["number"].Value}").Order()];
        string[] generated = [.. OnnxReflection.Descriptor.MessageTypes.SelectMany(Numbers)
            .Concat(OnnxReflection.Descriptor.EnumTypes.SelectMany(Numbers)).Order()];
        Assert.IsGreaterThan(50, written.Length);
        CollectionAssert.AreEqual(written, generated, "Graphs/onnx.proto changed: generate Onnx.g.cs again, as the other test does.");
    }

    [TestMethod]
    public async Task Generated_ByProtoc_IsTheCommittedFile()
    {
        string? protoc = FindProtoc();
        if (protoc is null)
        {
            Assert.Inconclusive("protoc of the package Grpc.Tools 2.85.0, which generated the file, is not in the packages folder.");
        }

        using TemporaryFolder folder = new();
        ProcessStartInfo start = new(protoc)
        {
            WorkingDirectory = Folder,
            ArgumentList =
            {
                $"--csharp_out={folder.Path}", "--csharp_opt=internal_access,file_extension=.g.cs", "onnx.proto",
            },
        };
        using Process process = Process.Start(start)!;
        await process.WaitForExitAsync();
        Assert.AreEqual(0, process.ExitCode);
        string committed = File.ReadAllText(Path.Combine(Folder, "Proto", "Onnx.g.cs")).ReplaceLineEndings("\n");
        Assert.AreEqual(committed, File.ReadAllText(folder["Onnx.g.cs"]).ReplaceLineEndings("\n"));
    }

    private static IEnumerable<string> Numbers(MessageDescriptor message) => message.Fields.InDeclarationOrder()
        .Select(field => $"{field.Name} = {field.FieldNumber}")
        .Concat(message.NestedTypes.SelectMany(Numbers))
        .Concat(message.EnumTypes.SelectMany(Numbers));

    private static IEnumerable<string> Numbers(EnumDescriptor values) => values.Values.Select(value => $"{value.Name} = {value.Number}");

    // The generated code is that of one version; another one's may differ in form.
    private static string? FindProtoc()
    {
        string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        string file = Path.Combine(
            packages, "grpc.tools", "2.85.0", "tools", OperatingSystem.IsWindows() ? "windows_x64" : "linux_x64", "protoc");
        file += OperatingSystem.IsWindows() ? ".exe" : "";
        return File.Exists(file) ? file : null;
    }

    [GeneratedRegex("//.*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b(?<name>\w+) = (?<number>\d+)(\s*\[[^\]]*\])?;")]
    private static partial Regex NumberedName();
}
