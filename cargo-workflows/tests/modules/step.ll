; Written by rustc from the program in `app.rs`, and shortened.
@vtable.0 = private unnamed_addr constant <{ ptr, [16 x i8], ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr }> <{ ptr @_RINvNtCsgEmfK2I1SDS_4core3ptr13drop_in_placeNtNtCsjrHSEGnQ3l9_3std2fs4FileECsli3NGoEiSOP_3app, [16 x i8] c"\04\00\00\00\00\00\00\00\04\00\00\00\00\00\00\00", ptr @_RNvXsa_NtCsjrHSEGnQ3l9_3std2fsNtB5_4FileNtNtB7_2io4Read4read, ptr @_RNvXsa_NtCsjrHSEGnQ3l9_3std2fsNtB5_4FileNtNtB7_2io4Read13read_vectored, ptr @_RNvXsa_NtCsjrHSEGnQ3l9_3std2fsNtB5_4FileNtNtB7_2io4Read16is_read_vectoredCsli3NGoEiSOP_3app, ptr @_RNvXsa_NtCsjrHSEGnQ3l9_3std2fsNtB5_4FileNtNtB7_2io4Read11read_to_end, ptr @_RNvXsa_NtCsjrHSEGnQ3l9_3std2fsNtB5_4FileNtNtB7_2io4Read14read_to_string, ptr @_RNvYNtNtCsjrHSEGnQ3l9_3std2fs4FileNtNtB6_2io4Read10read_exactCsli3NGoEiSOP_3app, ptr @_RNvXsa_NtCsjrHSEGnQ3l9_3std2fsNtB5_4FileNtNtB7_2io4Read8read_buf, ptr @_RNvYNtNtCsjrHSEGnQ3l9_3std2fs4FileNtNtB6_2io4Read14read_buf_exactCsli3NGoEiSOP_3app }>, align 8
@alloc_7f39905958f5660d6d767e8138724bb3 = private unnamed_addr constant <{ ptr, [16 x i8] }> <{ ptr @alloc_466e6e10d4d5a95679ab35d1156aa54e, [16 x i8] c"\0A\00\00\00\00\00\00\00\03\00\00\00(\00\00\00" }>, align 8
@_RNvCsli3NGoEiSOP_3app5TABLE = constant <{ ptr, ptr }> <{ ptr @_RNvCsli3NGoEiSOP_3app3oneB1_, ptr @_RNvCsli3NGoEiSOP_3app3twoB1_ }>, align 8
@alloc_4719890a6c1fc3f0ffb2146ce3ad567d = private unnamed_addr constant <{ ptr, [16 x i8] }> <{ ptr @alloc_466e6e10d4d5a95679ab35d1156aa54e, [16 x i8] c"\0A\00\00\00\00\00\00\00\1D\00\00\00\0D\00\00\00" }>, align 8

define hidden { i64, i64 } @_RNCNvCsli3NGoEiSOP_3app4step0B3_(ptr noundef nonnull align 8 %_1, ptr noalias noundef align 8 dereferenceable(32) %_task_context) unnamed_addr #1 personality ptr @rust_eh_personality !dbg !395 {
start:
  %0 = alloca [16 x i8], align 8
  %_11 = alloca [8 x i8], align 8
  %_5 = alloca [16 x i8], align 8
  %file = alloca [4 x i8], align 4
  %1 = getelementptr inbounds i8, ptr %_1, i64 16, !dbg !398
  %2 = load i8, ptr %1, align 8, !dbg !398
  %_12 = zext i8 %2 to i32, !dbg !398
  switch i32 %_12, label %bb20 [
    i32 0, label %bb1
    i32 1, label %bb19
    i32 2, label %bb18
  ], !dbg !398

bb20:                                             ; preds = %start
  unreachable, !dbg !398

bb1:                                              ; preds = %start
  %path.0 = load ptr, ptr %_1, align 8, !dbg !400
  %3 = getelementptr inbounds i8, ptr %_1, i64 8, !dbg !400
  %path.1 = load i64, ptr %3, align 8, !dbg !400
  invoke void @_RINvMs2_NtCsjrHSEGnQ3l9_3std2fsNtB6_4File4openReECsli3NGoEiSOP_3app(ptr noalias noundef sret([16 x i8]) align 8 captures(address) dereferenceable(16) %_5, ptr noalias noundef nonnull readonly align 1 captures(address, read_provenance) %path.0, i64 noundef %path.1)
          to label %bb2 unwind label %cleanup, !dbg !401

bb19:                                             ; preds = %bb19, %start
  br i1 false, label %bb19, label %panic, !dbg !398

bb18:                                             ; preds = %bb18, %start
  br i1 false, label %bb18, label %panic4, !dbg !398

bb11:                                             ; preds = %cleanup
  br label %bb12, !dbg !404

cleanup:                                          ; preds = %bb16, %bb1
  %4 = landingpad { ptr, i32 }
          cleanup
  %5 = extractvalue { ptr, i32 } %4, 0
  %6 = extractvalue { ptr, i32 } %4, 1
  store ptr %5, ptr %0, align 8
  %7 = getelementptr inbounds i8, ptr %0, i64 8
  store i32 %6, ptr %7, align 8
  br label %bb11

bb2:                                              ; preds = %bb1
  %8 = load i32, ptr %_5, align 8, !dbg !401
  %_6 = zext i32 %8 to i64, !dbg !401
  %9 = trunc nuw i64 %_6 to i1, !dbg !405
  br i1 %9, label %bb17, label %bb3, !dbg !405

bb17:                                             ; preds = %bb2
  %10 = load i32, ptr %_5, align 8, !dbg !403
  %_10 = zext i32 %10 to i64, !dbg !403
  %11 = trunc nuw i64 %_10 to i1, !dbg !403
  br i1 %11, label %bb16, label %bb15, !dbg !403

bb3:                                              ; preds = %bb2
  %12 = getelementptr inbounds i8, ptr %_5, i64 4, !dbg !406
  %13 = load i32, ptr %12, align 4, !dbg !406
  store i32 %13, ptr %file, align 4, !dbg !406
  %14 = load i32, ptr %_5, align 8, !dbg !403
  %_9 = zext i32 %14 to i64, !dbg !403
  %15 = trunc nuw i64 %_9 to i1, !dbg !403
  br i1 %15, label %bb14, label %bb13, !dbg !403

bb14:                                             ; preds = %bb3
  invoke void @_RINvNtCsgEmfK2I1SDS_4core3ptr13drop_in_placeINtNtB4_6result6ResultNtNtCsjrHSEGnQ3l9_3std2fs4FileNtNtNtB16_2io5error5ErrorEECsli3NGoEiSOP_3app(ptr noalias noundef align 8 dereferenceable(16) %_5)
          to label %bb13 unwind label %cleanup1, !dbg !403

bb13:                                             ; preds = %bb14, %bb3
  %16 = invoke noundef i64 @_RNvCsli3NGoEiSOP_3app7through(ptr noundef nonnull align 1 %file, ptr noalias noundef readonly align 8 captures(address, read_provenance) dereferenceable(88) @vtable.0)
          to label %bb4 unwind label %cleanup2, !dbg !408

bb8:                                              ; preds = %cleanup1
  br label %bb9, !dbg !404

cleanup1:                                         ; preds = %bb14
  %17 = landingpad { ptr, i32 }
          cleanup
  %18 = extractvalue { ptr, i32 } %17, 0
  %19 = extractvalue { ptr, i32 } %17, 1
  store ptr %18, ptr %0, align 8
  %20 = getelementptr inbounds i8, ptr %0, i64 8
  store i32 %19, ptr %20, align 8
  br label %bb8

bb7:                                              ; preds = %cleanup2
  br label %bb9, !dbg !410

cleanup2:                                         ; preds = %bb13
  %21 = landingpad { ptr, i32 }
          cleanup
  %22 = extractvalue { ptr, i32 } %21, 0
  %23 = extractvalue { ptr, i32 } %21, 1
  store ptr %22, ptr %0, align 8
  %24 = getelementptr inbounds i8, ptr %0, i64 8
  store i32 %23, ptr %24, align 8
  br label %bb7

bb4:                                              ; preds = %bb13
  store i64 %16, ptr %_11, align 8, !dbg !408
  invoke void @_RINvNtCsgEmfK2I1SDS_4core3ptr13drop_in_placeNtNtCsjrHSEGnQ3l9_3std2fs4FileECsli3NGoEiSOP_3app(ptr noalias noundef align 4 dereferenceable(4) %file)
          to label %bb5 unwind label %cleanup3, !dbg !411

bb10:                                             ; preds = %bb9, %cleanup3
  br label %bb12, !dbg !404

cleanup3:                                         ; preds = %bb4
  %25 = landingpad { ptr, i32 }
          cleanup
  %26 = extractvalue { ptr, i32 } %25, 0
  %27 = extractvalue { ptr, i32 } %25, 1
  store ptr %26, ptr %0, align 8
  %28 = getelementptr inbounds i8, ptr %0, i64 8
  store i32 %27, ptr %28, align 8
  br label %bb10

bb5:                                              ; preds = %bb4
  br label %bb6, !dbg !412

bb6:                                              ; preds = %bb15, %bb5
  %_0.1 = load i64, ptr %_11, align 8, !dbg !413
  %29 = getelementptr inbounds i8, ptr %_1, i64 16, !dbg !413
  store i8 1, ptr %29, align 8, !dbg !413
  %30 = insertvalue { i64, i64 } { i64 0, i64 poison }, i64 %_0.1, 1, !dbg !413
  ret { i64, i64 } %30, !dbg !413

bb9:                                              ; preds = %bb8, %bb7
  invoke void @_RINvNtCsgEmfK2I1SDS_4core3ptr13drop_in_placeNtNtCsjrHSEGnQ3l9_3std2fs4FileECsli3NGoEiSOP_3app(ptr noalias noundef align 4 dereferenceable(4) %file) #16
          to label %bb10 unwind label %terminate, !dbg !411

terminate:                                        ; preds = %bb9
  %31 = landingpad { ptr, i32 }
          filter [0 x ptr] zeroinitializer
  call void @_RNvNtCsgEmfK2I1SDS_4core9panicking16panic_in_cleanup() #17, !dbg !398
  unreachable, !dbg !398

bb12:                                             ; preds = %bb11, %bb10
  %32 = getelementptr inbounds i8, ptr %_1, i64 16, !dbg !398
  store i8 2, ptr %32, align 8, !dbg !398
  %33 = load ptr, ptr %0, align 8, !dbg !398
  %34 = getelementptr inbounds i8, ptr %0, i64 8, !dbg !398
  %35 = load i32, ptr %34, align 8, !dbg !398
  %36 = insertvalue { ptr, i32 } poison, ptr %33, 0, !dbg !398
  %37 = insertvalue { ptr, i32 } %36, i32 %35, 1, !dbg !398
  resume { ptr, i32 } %37, !dbg !398

bb16:                                             ; preds = %bb17
  invoke void @_RINvNtCsgEmfK2I1SDS_4core3ptr13drop_in_placeINtNtB4_6result6ResultNtNtCsjrHSEGnQ3l9_3std2fs4FileNtNtNtB16_2io5error5ErrorEECsli3NGoEiSOP_3app(ptr noalias noundef align 8 dereferenceable(16) %_5)
          to label %bb15 unwind label %cleanup, !dbg !403

bb15:                                             ; preds = %bb16, %bb17
  store i64 0, ptr %_11, align 8, !dbg !414
  br label %bb6, !dbg !412

panic:                                            ; preds = %bb19
  call void @_RNvNtNtCsgEmfK2I1SDS_4core9panicking11panic_const28panic_const_async_fn_resumed(ptr noalias noundef readonly align 8 captures(address, read_provenance) dereferenceable(24) @alloc_7f39905958f5660d6d767e8138724bb3) #20, !dbg !398
  unreachable, !dbg !398

panic4:                                           ; preds = %bb18
  call void @_RNvNtNtCsgEmfK2I1SDS_4core9panicking11panic_const34panic_const_async_fn_resumed_panic(ptr noalias noundef readonly align 8 captures(address, read_provenance) dereferenceable(24) @alloc_7f39905958f5660d6d767e8138724bb3) #20, !dbg !398
  unreachable, !dbg !398
}

define hidden noundef i64 @_RNvCsli3NGoEiSOP_3app3oneB1_(i64 noundef %n) unnamed_addr #0 !dbg !442 {
start:
  %_0 = add i64 %n, 1, !dbg !443
  ret i64 %_0, !dbg !444
}

define hidden noundef i64 @_RNvCsli3NGoEiSOP_3app3twoB1_(i64 noundef %n) unnamed_addr #0 !dbg !445 {
start:
  %_0 = add i64 %n, 2, !dbg !446
  ret i64 %_0, !dbg !447
}

define hidden void @_RNvCsli3NGoEiSOP_3app4stepB1_(ptr dead_on_unwind noalias noundef writable sret([24 x i8]) align 8 captures(none) dereferenceable(24) %_0, ptr noalias noundef nonnull readonly align 1 captures(address, read_provenance) %path.0, i64 noundef %path.1) unnamed_addr #0 !dbg !448 {
start:
  store ptr %path.0, ptr %_0, align 8, !dbg !449
  %0 = getelementptr inbounds i8, ptr %_0, i64 8, !dbg !449
  store i64 %path.1, ptr %0, align 8, !dbg !449
  %1 = getelementptr inbounds i8, ptr %_0, i64 16, !dbg !449
  store i8 0, ptr %1, align 8, !dbg !449
  ret void, !dbg !450
}

define noundef i64 @_RNvCsli3NGoEiSOP_3app5apply(i64 noundef %at) unnamed_addr #0 !dbg !451 {
start:
  %_4 = icmp ult i64 %at, 2, !dbg !452
  br i1 %_4, label %bb1, label %panic, !dbg !452

bb1:                                              ; preds = %start
  %0 = getelementptr inbounds nuw ptr, ptr @_RNvCsli3NGoEiSOP_3app5TABLE, i64 %at, !dbg !452
  %_2 = load ptr, ptr %0, align 8, !dbg !452
  %_0 = call noundef i64 %_2(i64 noundef 1), !dbg !453
  ret i64 %_0, !dbg !456

panic:                                            ; preds = %start
  call void @_RNvNtCsgEmfK2I1SDS_4core9panicking18panic_bounds_check(i64 noundef %at, i64 noundef 2, ptr noalias noundef readonly align 8 captures(address, read_provenance) dereferenceable(24) @alloc_4719890a6c1fc3f0ffb2146ce3ad567d) #20, !dbg !452
  unreachable, !dbg !452
}

define noundef i64 @_RNvCsli3NGoEiSOP_3app7through(ptr noundef nonnull align 1 %reader.0, ptr noalias noundef readonly align 8 captures(address, read_provenance) dereferenceable(88) %reader.1) unnamed_addr #0 !dbg !460 {
start:
  %_5 = alloca [4 x i8], align 1
  call void @llvm.memset.p0.i64(ptr align 1 %_5, i8 0, i64 4, i1 false), !dbg !461
  %0 = getelementptr inbounds i8, ptr %reader.1, i64 24, !dbg !462
  %1 = load ptr, ptr %0, align 8, !dbg !462, !invariant.load !13
  %2 = call { i64, ptr } %1(ptr noundef align 1 %reader.0, ptr noalias noundef nonnull align 1 %_5, i64 noundef 4) #15, !dbg !463
  %_2.0 = extractvalue { i64, ptr } %2, 0, !dbg !463
  %_2.1 = extractvalue { i64, ptr } %2, 1, !dbg !463
  %_0 = call noundef i64 @_RNvMNtCsgEmfK2I1SDS_4core6resultINtB2_6ResultjNtNtNtCsjrHSEGnQ3l9_3std2io5error5ErrorE17unwrap_or_defaultCsli3NGoEiSOP_3app(i64 noundef %_2.0, ptr noundef %_2.1) #15, !dbg !464
  ret i64 %_0, !dbg !466
}

declare noundef range(i32 0, 10) i32 @rust_eh_personality(i32 noundef, i32 noundef, i64 noundef, ptr noundef, ptr noundef) unnamed_addr #4
declare void @_RNvNtCsgEmfK2I1SDS_4core9panicking16panic_in_cleanup() unnamed_addr #8
declare { i64, ptr } @_RNvXsa_NtCsjrHSEGnQ3l9_3std2fsNtB5_4FileNtNtB7_2io4Read4read(ptr noalias noundef align 4 dereferenceable(4), ptr noalias noundef nonnull align 1, i64 noundef range(i64 0, -9223372036854775808)) unnamed_addr #0
declare noundef ptr @_RNvXsa_NtCsjrHSEGnQ3l9_3std2fsNtB5_4FileNtNtB7_2io4Read8read_buf(ptr noalias noundef align 4 dereferenceable(4), ptr noalias noundef align 8 dereferenceable(32)) unnamed_addr #0
declare { i64, ptr } @_RNvXsa_NtCsjrHSEGnQ3l9_3std2fsNtB5_4FileNtNtB7_2io4Read13read_vectored(ptr noalias noundef align 4 dereferenceable(4), ptr noalias noundef nonnull align 8, i64 noundef range(i64 0, 576460752303423488)) unnamed_addr #0
declare { i64, ptr } @_RNvXsa_NtCsjrHSEGnQ3l9_3std2fsNtB5_4FileNtNtB7_2io4Read11read_to_end(ptr noalias noundef align 4 dereferenceable(4), ptr noalias noundef align 8 dereferenceable(24)) unnamed_addr #0
declare { i64, ptr } @_RNvXsa_NtCsjrHSEGnQ3l9_3std2fsNtB5_4FileNtNtB7_2io4Read14read_to_string(ptr noalias noundef align 4 dereferenceable(4), ptr noalias noundef align 8 dereferenceable(24)) unnamed_addr #0
declare void @_RNvNtNtCsgEmfK2I1SDS_4core9panicking11panic_const28panic_const_async_fn_resumed(ptr noalias noundef readonly align 8 captures(address, read_provenance) dereferenceable(24)) unnamed_addr #10
declare void @_RNvNtNtCsgEmfK2I1SDS_4core9panicking11panic_const34panic_const_async_fn_resumed_panic(ptr noalias noundef readonly align 8 captures(address, read_provenance) dereferenceable(24)) unnamed_addr #10
declare void @_RNvNtCsgEmfK2I1SDS_4core9panicking18panic_bounds_check(i64 noundef, i64 noundef, ptr noalias noundef readonly align 8 captures(address, read_provenance) dereferenceable(24)) unnamed_addr #11

!85 = !DIFile(filename: "src/lib.rs", directory: "/app")
!395 = distinct !DISubprogram(name: "{async_fn#0}", linkageName: "_RNCNvCsli3NGoEiSOP_3app4step0B3_", scope: !396, file: !85, line: 3, scopeLine: 3, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized)
!396 = !DINamespace(name: "step", scope: !397)
!397 = !DINamespace(name: "app", scope: null)
!398 = !DILocation(line: 3, column: 40, scope: !395)
!400 = !DILocation(line: 3, column: 19, scope: !395)
!401 = !DILocation(line: 4, column: 24, scope: !402)
!402 = distinct !DILexicalBlock(scope: !395, file: !85, line: 3, column: 40)
!403 = !DILocation(line: 4, column: 58, scope: !402)
!404 = !DILocation(line: 0, scope: !402)
!405 = !DILocation(line: 4, column: 9, scope: !402)
!406 = !DILocation(line: 4, column: 12, scope: !402)
!408 = !DILocation(line: 6, column: 5, scope: !409)
!409 = distinct !DILexicalBlock(scope: !402, file: !85, line: 4, column: 5)
!410 = !DILocation(line: 0, scope: !409)
!411 = !DILocation(line: 7, column: 1, scope: !402)
!412 = !DILocation(line: 7, column: 1, scope: !395)
!413 = !DILocation(line: 7, column: 2, scope: !395)
!414 = !DILocation(line: 4, column: 55, scope: !402)
!442 = distinct !DISubprogram(name: "one", linkageName: "_RNvCsli3NGoEiSOP_3app3oneB1_", scope: !397, file: !85, line: 15, scopeLine: 15, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized)
!443 = !DILocation(line: 16, column: 5, scope: !442)
!444 = !DILocation(line: 17, column: 2, scope: !442)
!445 = distinct !DISubprogram(name: "two", linkageName: "_RNvCsli3NGoEiSOP_3app3twoB1_", scope: !397, file: !85, line: 19, scopeLine: 19, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized)
!446 = !DILocation(line: 20, column: 5, scope: !445)
!447 = !DILocation(line: 21, column: 2, scope: !445)
!448 = distinct !DISubprogram(name: "step", linkageName: "_RNvCsli3NGoEiSOP_3app4stepB1_", scope: !397, file: !85, line: 3, scopeLine: 3, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized)
!449 = !DILocation(line: 3, column: 40, scope: !448)
!450 = !DILocation(line: 7, column: 2, scope: !448)
!451 = distinct !DISubprogram(name: "apply", linkageName: "_RNvCsli3NGoEiSOP_3app5apply", scope: !397, file: !85, line: 28, scopeLine: 28, flags: DIFlagPrototyped, spFlags: DISPFlagDefinition | DISPFlagOptimized)
!452 = !DILocation(line: 29, column: 13, scope: !451)
!453 = !DILocation(line: 25, column: 5, scope: !454, inlinedAt: !455)
!454 = distinct !DISubprogram(name: "inlined", linkageName: "_RNvCsli3NGoEiSOP_3app7inlinedB1_", scope: !397, file: !85, line: 24, scopeLine: 24, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized)
!455 = !DILocation(line: 29, column: 5, scope: !451)
!456 = !DILocation(line: 30, column: 2, scope: !451)
!460 = distinct !DISubprogram(name: "through", linkageName: "_RNvCsli3NGoEiSOP_3app7through", scope: !397, file: !85, line: 9, scopeLine: 9, flags: DIFlagPrototyped, spFlags: DISPFlagDefinition | DISPFlagOptimized)
!461 = !DILocation(line: 10, column: 22, scope: !460)
!462 = !DILocation(line: 10, column: 5, scope: !460)
!463 = !DILocation(line: 10, column: 12, scope: !460)
!464 = !DILocation(line: 10, column: 30, scope: !460)
!465 = !DILocation(line: 10, column: 48, scope: !460)
!466 = !DILocation(line: 11, column: 2, scope: !460)
