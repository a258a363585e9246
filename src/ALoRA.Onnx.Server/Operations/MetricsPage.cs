using ALoRA.Onnx.Server.Lifetime;
using ALoRA.Onnx.Server.Metrics;
using ALoRA.Onnx.Server.Models;
using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Server.Operations;

/// <summary>
/// What <c>/metrics</c> shows: figures under own names, and the same ones under vLLM's, for which boards and load balancers exist. Written
/// here rather than by a library: the exporters that know .NET's meters change the colon of those names.
/// </summary>
internal sealed class MetricsPage(
    ServedModel served, ServerMetrics metrics, DrainGate gate, ServerOptions options, IEnumerable<IMetricsPart> parts,
    TimeProvider time)
{
    private const string Gauge = "gauge";
    private const string Counter = "counter";

    public string Write()
    {
        OpenedModel? opened = served.Current;
        EngineStatistics figures = served.Statistics;
        (string, string) model = ("model_name", opened?.Name ?? "");
        PrometheusText text = new();
        WriteOwn(text, opened, figures, model);
        WriteVllm(text, figures, model);
        foreach (IMetricsPart part in parts)
        {
            part.Write(text, model);
        }

        return text.ToString();
    }

    private void WriteOwn(PrometheusText text, OpenedModel? opened, EngineStatistics figures, (string, string) model)
    {
        text.Single(
            "alora_build_info", Gauge, "Version of the server and what computes.", 1, model, ("version", ProductVersion.Text),
            ("provider", opened?.Model.ExecutionProvider ?? ""));
        text.Single("alora_ready", Gauge, "1 while new requests are taken.", opened is not null && !gate.IsClosed ? 1 : 0);
        text.Single("alora_requests_running", Gauge, "Requests that have a place in the batch.", figures.Running, model);
        text.Single("alora_requests_waiting", Gauge, "Requests that wait for a place.", figures.Waiting, model);
        text.Single("alora_kv_cache_usage_ratio", Gauge, "Part of the KV cache that running requests use.", figures.CacheUsage, model);
        text.Single("alora_prompt_tokens_total", Counter, "Tokens of prompts.", figures.PromptTokens, model);
        text.Single("alora_cached_tokens_total", Counter, "Of them, those that were in the KV cache.", figures.CachedTokens, model);
        text.Single("alora_generated_tokens_total", Counter, "Tokens that were generated.", figures.GeneratedTokens, model);
        text.Single("alora_steps_total", Counter, "Steps of the engine.", figures.Steps, model);
        text.Single("alora_preemptions_total", Counter, "Requests that gave up their place for a while.", figures.Preemptions, model);
        text.Metric("alora_requests_total", Counter, "Requests that ended, by outcome.");
        text.Value("alora_requests_total", figures.Finished, model, ("outcome", "finished"));
        text.Value("alora_requests_total", figures.Cancelled, model, ("outcome", "cancelled"));
        text.Value("alora_requests_total", figures.Failed, model, ("outcome", "failed"));
        text.Metric("alora_http_requests_total", Counter, "HTTP requests, by endpoint and status.");
        foreach (KeyValuePair<(string Route, int Status), long> entry in metrics.Requests)
        {
            text.Value("alora_http_requests_total", entry.Value, ("route", entry.Key.Route), ("status", $"{entry.Key.Status}"));
        }

        text.Metric("alora_adapter_loaded", Gauge, "Adapters in memory.");
        foreach (string adapter in opened?.Model.Adapters.LoadedNames ?? [])
        {
            text.Value("alora_adapter_loaded", 1, model, ("adapter", adapter));
        }

        WriteTimes(text, "alora_", "alora_request_duration_seconds", model);
        text.Single("process_resident_memory_bytes", Gauge, "Memory of the process that is in RAM.", Environment.WorkingSet);
        text.Single("dotnet_gc_heap_bytes", Gauge, "Memory of .NET's objects.", GC.GetTotalMemory(forceFullCollection: false));
    }

    private void WriteVllm(PrometheusText text, EngineStatistics figures, (string, string) model)
    {
        text.Single("vllm:num_requests_running", Gauge, "Requests that are computed.", figures.Running, model);
        text.Single("vllm:num_requests_waiting", Gauge, "Requests that wait.", figures.Waiting, model);
        text.Single("vllm:kv_cache_usage_perc", Gauge, "Part of the KV cache in use, from 0 to 1.", figures.CacheUsage, model);
        text.Single("vllm:prefix_cache_queries_total", Counter, "Tokens that were looked for in the cache.", figures.PromptTokens, model);
        text.Single("vllm:prefix_cache_hits_total", Counter, "Tokens that were found there.", figures.CachedTokens, model);
        text.Single("vllm:prompt_tokens_total", Counter, "Tokens of prompts.", figures.PromptTokens, model);
        text.Single("vllm:generation_tokens_total", Counter, "Tokens that were generated.", figures.GeneratedTokens, model);
        text.Single("vllm:num_preemptions_total", Counter, "Requests that gave up their place for a while.", figures.Preemptions, model);
        text.Metric("vllm:request_success_total", Counter, "Answers, by the reason of their end.");
        foreach (KeyValuePair<string, long> entry in metrics.Finished)
        {
            text.Value("vllm:request_success_total", entry.Value, model, ("finished_reason", entry.Key));
        }

        // The value is the time, so that of several replicas' series the latest can be told.
        text.Single(
            "vllm:lora_requests_info", Gauge, "Adapters of running and of waiting requests.", time.GetUtcNow().ToUnixTimeSeconds(),
            ("max_lora", $"{options.AdaptersPerStep}"), ("running_lora_adapters", string.Join(',', figures.RunningAdapters)),
            ("waiting_lora_adapters", string.Join(',', figures.WaitingAdapters)));
        WriteTimes(text, "vllm:", "vllm:e2e_request_latency_seconds", model);
        text.Histogram("vllm:time_per_output_token_seconds", "As inter_token_latency_seconds.", metrics.TokenTimes, model);
    }

    private void WriteTimes(PrometheusText text, string prefix, string requests, (string, string) model)
    {
        text.Histogram(
            $"{prefix}time_to_first_token_seconds", "From a request's arrival to its first token.", metrics.FirstTokens, model);
        text.Histogram($"{prefix}inter_token_latency_seconds", "Between two tokens of an answer.", metrics.TokenTimes, model);
        text.Histogram(requests, "From a request's arrival to its last byte.", metrics.Durations, model);
    }
}
