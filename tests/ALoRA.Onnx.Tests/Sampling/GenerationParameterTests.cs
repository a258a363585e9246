using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Intrinsics.Running;
using ALoRA.Onnx.Sampling;
using ALoRA.Onnx.Tests.Models;

namespace ALoRA.Onnx.Tests.Sampling;

/// <summary>
/// Each row of the table by itself and through the readers of the runtime;
/// the tool's flags and the chat client's keys are tested with those.
/// </summary>
[TestClass]
public sealed class GenerationParameterTests
{
    public static IEnumerable<GenerationParameter> Parameters => GenerationParameters.All;

    [TestMethod]
    public void All_Names_AreInProcessingOrder()
    {
        CollectionAssert.AreEqual(
            new[]
            {
                "repetition_penalty", "presence_penalty", "frequency_penalty", "no_repeat_ngram_size", "temperature", "top_k", "top_p",
                "min_p",
            },
            GenerationParameters.All.Select(parameter => parameter.Name).ToArray());
    }

    [TestMethod]
    public void All_FromTemperatureOn_Draw()
    {
        int first = GenerationParameters.All.ToList().IndexOf(GenerationParameters.Temperature);
        Assert.IsTrue(GenerationParameters.All.Take(first).All(parameter => !parameter.Draws));
        Assert.IsTrue(GenerationParameters.All.Skip(first).All(parameter => parameter.Draws));
    }

    [TestMethod]
    [DynamicData(nameof(Parameters))]
    public void SetAndGet_Value_ChangeThatPropertyOnly(GenerationParameter parameter)
    {
        Assert.IsNull(parameter.Get(new GenerationOptions()));
        GenerationOptions options = parameter.Set(new GenerationOptions(), Value(parameter));
        Assert.AreEqual(Value(parameter), parameter.Get(options));
        Assert.IsTrue(GenerationParameters.All.Where(other => other != parameter).All(other => other.Get(options) is null));
        string property = parameter.Name.Replace("_", "");
        PropertyInfo changed = typeof(GenerationOptions).GetProperties().Single(one => one.GetValue(options) is float or int and not 0);
        Assert.AreEqual(property, changed.Name.ToLowerInvariant());
    }

    [TestMethod]
    [DynamicData(nameof(Parameters))]
    public void IsInRange_Values_AreTheRange(GenerationParameter parameter)
    {
        Assert.IsTrue(parameter.IsInRange(parameter.Default));
        double[] outside = [-3, double.NaN, double.PositiveInfinity, 1e39, parameter.IsInteger ? 0.5 : -2.001];
        foreach (double value in outside)
        {
            Assert.IsFalse(parameter.IsInRange(value), $"{value}");
            Exception exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => parameter.Set(new GenerationOptions(), value));
            Assert.Contains($"must be {parameter.Range}.", exception.Message);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Parameters))]
    public void Resolve_OptionsThenFileThenDefault_IsTheOrder(GenerationParameter parameter)
    {
        GenerationDefaults file = new() { StopTokens = [], Options = parameter.Set(new GenerationOptions(), Value(parameter)) };
        GenerationDefaults none = new() { StopTokens = [] };
        double Resolved(GenerationOptions options, GenerationDefaults defaults) =>
            parameter.Get(SamplingSettings.Resolve(options, defaults).Options)!.Value;

        Assert.AreEqual(parameter.Default, Resolved(new GenerationOptions(), none));
        Assert.AreEqual(Value(parameter), Resolved(new GenerationOptions(), file));
        Assert.AreEqual(parameter.Default, Resolved(parameter.Set(new GenerationOptions(), parameter.Default), file));
    }

    [TestMethod]
    [DynamicData(nameof(Parameters))]
    public void GenerationConfig_Value_IsReadAndChecked(GenerationParameter parameter)
    {
        Assert.AreEqual(Value(parameter), parameter.Get(ReadFile(parameter, Value(parameter)).Options));
        ModelFormatException exception = Assert.ThrowsExactly<ModelFormatException>(() => ReadFile(parameter, -3));
        Assert.Contains($"'{parameter.Name}' should be {(parameter.IsInteger ? "an integer" : "a number")} ", exception.Message);
        Assert.Contains("-3", exception.Message);
    }

    [TestMethod]
    [DynamicData(nameof(Parameters))]
    public void IntrinsicParameters_Value_IsReadAndChecked(GenerationParameter parameter)
    {
        GenerationOptions options = RequestParameters.Read(new JsonObject { [parameter.Name] = Value(parameter) });
        Assert.AreEqual(Value(parameter), parameter.Get(options));
        IntrinsicFormatException exception = Assert.ThrowsExactly<IntrinsicFormatException>(
            () => RequestParameters.Read(new JsonObject { [parameter.Name] = -3 }));
        Assert.Contains($"'{parameter.Name}'", exception.Message);
        Assert.Contains(parameter.Range, exception.Message);
        Assert.ThrowsExactly<IntrinsicFormatException>(() => RequestParameters.Read(new JsonObject { [parameter.Name] = "much" }));
    }

    [TestMethod]
    public void IntrinsicParameters_UnknownName_IsRefused()
    {
        Assert.ThrowsExactly<IntrinsicFormatException>(() => RequestParameters.Read(new JsonObject { ["min_q"] = 1 }));
    }

    [TestMethod]
    public void WithDefaults_OpenParameters_GetTheirDefaults()
    {
        GenerationOptions options = GenerationParameters.WithDefaults(new GenerationOptions { TopK = 5 });
        foreach (GenerationParameter parameter in GenerationParameters.All)
        {
            Assert.AreEqual(parameter.Name == "top_k" ? 5 : parameter.Default, parameter.Get(options), parameter.Name);
        }
    }

    // Exact in float32, possible for each parameter, and nobody's default.
    private static double Value(GenerationParameter parameter) => parameter.IsInteger ? 7 : 0.5;

    private static GenerationDefaults ReadFile(GenerationParameter parameter, double value)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(
            folder[GenerationDefaults.FileName],
            $$"""{"do_sample": true, "{{parameter.Name}}": {{value.ToString(CultureInfo.InvariantCulture)}}}""");
        return GenerationDefaults.Read(folder.Path, TestManifest.Read());
    }
}
