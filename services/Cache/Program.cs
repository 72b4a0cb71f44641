using Slipway.Cache.Answers;
using Slipway.Cache.Grpc;
using Slipway.Cache.Intents;
using Slipway.Cache.Options;
using Slipway.Cache.Redis;
using Slipway.ServiceDefaults;
using Slipway.ServiceDefaults.Grpc;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddGrpcServer();
builder.AddCacheOptions();
builder.AddRedisLink();
builder.AddAnswerCache();
builder.AddIntentCache();

var app = builder.Build();

app.MapDefaultEndpoints();
app.MapGrpcService<CacheGrpcService>();

app.Run();
